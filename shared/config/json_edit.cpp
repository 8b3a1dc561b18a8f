#include "shared/config/json_edit.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "shared/config/json_tree.hpp"

namespace aihub::config {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view blanks = " \t\r\n";

// Where a member of an object stands in the text.
struct MemberSpan {
    std::string name;
    std::size_t begin = 0;  // its key's first quote
    std::size_t value = 0;
    std::size_t end = 0;  // behind the value
    std::optional<std::size_t> comma;
};

struct ObjectSpan {
    std::size_t open = 0;
    std::size_t close = 0;
    std::vector<MemberSpan> members;
};

// Finds the members of one object in sound JSON without comments.
class Scanner {
public:
    Scanner(std::string_view text, std::size_t open) : text_(text), at_(open) {}

    ObjectSpan scan() {
        ObjectSpan object;
        object.open = at_++;
        for (skip_blanks(); text_[at_] != '}'; skip_blanks()) object.members.push_back(member());
        object.close = at_;
        return object;
    }

private:
    void skip_blanks() { at_ = text_.find_first_not_of(blanks, at_); }

    MemberSpan member() {
        MemberSpan span;
        span.begin = at_;
        skip_string();
        span.name = Json::parse(text_.substr(span.begin, at_ - span.begin)).get<std::string>();
        at_ = text_.find_first_not_of(blanks, text_.find(':', at_) + 1);
        span.value = at_;
        skip_value();
        span.end = at_;
        skip_blanks();
        if (text_[at_] == ',') span.comma = at_++;
        return span;
    }

    void skip_string() {
        for (++at_; text_[at_] != '"'; ++at_)
            if (text_[at_] == '\\') ++at_;
        ++at_;
    }

    void skip_value() {
        if (text_[at_] == '"') return skip_string();
        if (text_[at_] != '{' && text_[at_] != '[') {
            at_ = text_.find_first_of(" \t\r\n,}]", at_);
            return;
        }
        int depth = 0;
        do {
            char c = text_[at_];
            if (c == '"') {
                skip_string();
                continue;
            }
            if (c == '{' || c == '[') ++depth;
            if (c == '}' || c == ']') --depth;
            ++at_;
        } while (depth > 0);
    }

    std::string_view text_;
    std::size_t at_;
};

// What a patch makes of nothing: itself, without its nulls.
Json without_nulls(const Json& patch) {
    if (!patch.is_object()) return patch;
    Json result = Json::object();
    for (const auto& [name, value] : patch.items())
        if (!value.is_null()) result[name] = without_nulls(value);
    return result;
}

class Editor {
public:
    explicit Editor(std::string text) : text_(std::move(text)) {}

    std::string merge_into_root(const Json& patch) {
        merge(blank_comments(text_).find('{'), patch);
        return std::move(text_);
    }

private:
    // Changes behind `open` only, so it stays where it is.
    void merge(std::size_t open, const Json& patch) {
        for (const auto& [name, value] : patch.items()) {
            ObjectSpan object = Scanner(blank_comments(text_), open).scan();
            auto found = std::find_if(object.members.begin(), object.members.end(),
                                      [&key = name](const MemberSpan& member) { return member.name == key; });
            bool there = found != object.members.end();
            if (value.is_null()) {
                if (there) remove(object, static_cast<std::size_t>(found - object.members.begin()));
            } else if (there && value.is_object() && text_[found->value] == '{') {
                merge(found->value, value);
            } else if (there) {
                text_.replace(found->value, found->end - found->value,
                              written(without_nulls(value), indentation(found->begin)));
            } else {
                insert(object, name, without_nulls(value));
            }
        }
    }

    // The blanks between the begin of a line and `at`, when there is nothing else.
    std::string indentation(std::size_t at) const {
        std::size_t line = text_.rfind('\n', at) + 1;  // npos + 1: the first line
        std::string before = text_.substr(line, at - line);
        return before.find_first_not_of(" \t") == std::string::npos ? before : "";
    }

    // An object over several lines, each behind `indent`.
    static std::string written(const Json& value, const std::string& indent) {
        bool spread = value.is_object() && !value.empty();
        std::string text = value.dump(spread ? 2 : -1, ' ', false, Json::error_handler_t::replace);
        for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1))
            text.insert(at + 1, indent);
        return text;
    }

    void insert(const ObjectSpan& object, const std::string& name, const Json& value) {
        std::string key = Json(name).dump(-1, ' ', false, Json::error_handler_t::replace) + ": ";
        std::string_view inside = std::string_view(text_).substr(object.open, object.close - object.open);
        bool spread = inside.find('\n') != std::string_view::npos || text_.size() < 4;
        std::string indent = indentation(object.open) + "  ";
        if (!object.members.empty() && spread) indent = indentation(object.members.back().begin);
        // Behind a comment that ends the last line: it says something about what stands before it.
        std::size_t end = text_.find_last_not_of(blanks, object.close - 1) + 1;
        std::string gap = spread ? "\n" + indent : object.members.empty() ? "" : " ";
        std::string tail = spread && text_.find('\n', end) > object.close ? "\n" : "";
        text_.insert(end, gap + key + written(value, indent) + tail);
        if (!object.members.empty() && !object.members.back().comma)
            text_.insert(object.members.back().end, ",");
    }

    void remove(const ObjectSpan& object, std::size_t index) {
        const MemberSpan& member = object.members[index];
        std::size_t end = member.comma ? *member.comma + 1 : member.end;
        std::size_t begin = member.begin;
        std::size_t line = text_.rfind('\n', begin);
        bool first_in_line = line != std::string::npos && line > object.open &&
                             text_.find_first_not_of(" \t", line + 1) == begin;
        std::size_t next = std::min(blank_comments(text_).find_first_not_of(" \t\r", end), text_.size());
        bool last_in_line = next == text_.size() || text_[next] == '\n';
        // With what a comment behind it says of it.
        if (first_in_line && last_in_line) {
            begin = line;
            end = next;
        } else if (index + 1 < object.members.size() && !first_in_line) {
            end = next;
        }
        text_.erase(begin, end - begin);
        bool was_last = index + 1 == object.members.size();
        if (was_last && index > 0 && !member.comma) text_.erase(*object.members[index - 1].comma, 1);
    }

    std::string text_;
};

}  // namespace

Result<std::string> merge_patch(std::string_view text, std::string_view patch) {
    Result<JsonNode> root = parse_json(text);
    if (!root) return root.error();
    if (root->kind != JsonNode::Kind::object)
        return Error(ErrorCode::invalid_input, "1: the file must hold an object");
    Json changes = Json::parse(patch, nullptr, false);
    if (!changes.is_object()) return Error(ErrorCode::invalid_input, "1: the patch must be an object");
    return Editor(std::string(text)).merge_into_root(changes);
}

}  // namespace aihub::config
