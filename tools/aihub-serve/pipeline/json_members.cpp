#include "tools/aihub-serve/pipeline/json_members.hpp"

#include <algorithm>

namespace aihub::serve {
namespace {

class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    std::optional<JsonObject> read() {
        JsonObject object;
        skip_blanks();
        object.braces.begin = at_;
        if (!take('{')) return std::nullopt;
        skip_blanks();
        while (!take('}')) {
            if (!object.members.empty() && !take(',')) return std::nullopt;
            std::optional<JsonMember> member = read_member();
            if (!member) return std::nullopt;
            object.members.push_back(*member);
            skip_blanks();
        }
        object.braces.end = at_;
        skip_blanks();
        return at_ == text_.size() ? std::optional(std::move(object)) : std::nullopt;
    }

private:
    std::optional<JsonMember> read_member() {
        JsonMember member;
        skip_blanks();
        member.whole.begin = at_;
        if (!skip_string()) return std::nullopt;
        member.key = text_.substr(member.whole.begin + 1, at_ - member.whole.begin - 2);
        skip_blanks();
        if (!take(':')) return std::nullopt;
        skip_blanks();
        member.value.begin = at_;
        if (!skip_value()) return std::nullopt;
        member.value.end = member.whole.end = at_;
        return member;
    }

    bool take(char c) {
        if (at_ == text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }

    void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

    bool skip_string() {
        if (!take('"')) return false;
        while ((at_ = std::min(text_.find_first_of("\"\\", at_), text_.size())) < text_.size()) {
            if (text_[at_++] == '"') return true;
            at_ = std::min(at_ + 1, text_.size());
        }
        return false;
    }

    bool skip_value() {
        if (at_ == text_.size()) return false;
        if (text_[at_] == '"') return skip_string();
        if (text_[at_] == '{' || text_[at_] == '[') return skip_nested();
        std::size_t begin = at_;
        at_ = std::min(text_.find_first_of(",}] \t\r\n", at_), text_.size());
        return at_ > begin;
    }

    bool skip_nested() {
        int depth = 0;
        while (at_ < text_.size()) {
            char c = text_[at_];
            if (c == '"') {
                if (!skip_string()) return false;
                continue;
            }
            ++at_;
            if (c == '{' || c == '[') ++depth;
            if ((c == '}' || c == ']') && --depth == 0) return true;
        }
        return false;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

const JsonMember* JsonObject::find(std::string_view key) const {
    auto found = std::find_if(members.rbegin(), members.rend(),
                              [&](const JsonMember& member) { return member.key == key; });
    return found == members.rend() ? nullptr : &*found;
}

std::optional<JsonObject> read_object(std::string_view text) {
    return Reader(text).read();
}

Span removal_of(const JsonObject& object, std::size_t index) {
    const std::vector<JsonMember>& members = object.members;
    if (index > 0) return {members[index - 1].whole.end, members[index].whole.end};
    return {members[0].whole.begin, members.size() > 1 ? members[1].whole.begin : members[0].whole.end};
}

}  // namespace aihub::serve
