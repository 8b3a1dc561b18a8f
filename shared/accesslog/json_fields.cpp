#include "shared/accesslog/json_fields.hpp"

#include "shared/accesslog/quoted.hpp"
#include "shared/base/strings.hpp"

namespace aihub::accesslog {
namespace {

// More and longer names than any log format has; others are read, only more slowly.
constexpr std::size_t most_members = 256;
constexpr std::size_t longest_start = 64;

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

bool begins_with(const char* at, const char* end, std::string_view start) {
    auto same = [](std::uint64_t a, std::uint64_t b) { return a == b; };
    if (static_cast<std::size_t>(end - at) < start.size()) return false;
    return eight_bytes::all(same, start, std::string_view(at, start.size()));
}

bool ends_bare(char c) {
    return c == ',' || c == '}' || c == ']' || c == '"' || c == '{' || c == '[';
}

}  // namespace

std::optional<std::string> JsonFields::read(std::string_view line, Unescaped& unescaped) {
    values_.fill({});
    seen_ = 0;
    expected_ = 0;
    depth_ = 1;
    begin_ = line.data();
    end_ = begin_ + line.size();
    at_ = begin_ + 1;
    std::optional<std::string> wrong = read_members(unescaped);
    if (wrong) return wrong;
    next();
    if (at_ == end_) return std::nullopt;
    return "something follows the JSON object: one line holds one";
}

// What is left is behind the object's end.
std::optional<std::string> JsonFields::read_members(Unescaped& unescaped) {
    while (depth_ > 0) {
        if (next() == '}') {
            ++at_;
            --depth_;
        } else {
            Field field = Field::none;
            if (!read_name(field)) return problem();
            if (next() == '{') {
                ++at_;
                ++depth_;
                continue;
            }
            if (!read_value(field, unescaped)) return problem();
        }
        if (depth_ > 0 && next() == ',')
            ++at_;
        else if (depth_ > 0 && next() != '}')
            return problem();
    }
    return std::nullopt;
}

bool JsonFields::read_name(Field& field) {
    if (expect_known(field)) return true;
    if (at_ == end_ || *at_ != '"') return false;
    Quoted name = end_of_quoted(at_ + 1, end_);
    if (name.end == end_) return at_ = end_, false;
    field = field_of(std::string_view(at_ + 1, static_cast<std::size_t>(name.end - at_ - 1)));
    const char* start = at_;
    at_ = name.end + 1;
    bool colon_follows = at_ != end_ && *at_ == ':';
    if (next() != ':') return false;
    ++at_;
    if (colon_follows) learn(std::string_view(start, static_cast<std::size_t>(at_ - start)), field);
    return true;
}

// The one that is expected, or the next of those behind it (members that a line lacks), or one before.
bool JsonFields::expect_known(Field& field) {
    for (std::size_t tried = 0; tried < members_.size(); ++tried, ++expected_) {
        if (expected_ >= members_.size()) expected_ = 0;
        const Member& member = members_[expected_];
        if (!begins_with(at_, end_, member.start)) continue;
        ++expected_;
        at_ += member.start.size();
        field = member.field;
        return true;
    }
    return false;
}

void JsonFields::learn(std::string_view start, Field field) {
    bool fits = start.size() >= eight_bytes::shortest && start.size() <= longest_start;
    if (!fits || members_.size() == most_members) return;
    expected_ = std::min(expected_, members_.size());
    members_.insert(members_.begin() + static_cast<std::ptrdiff_t>(expected_),
                    Member{std::string(start), field});
    ++expected_;
}

bool JsonFields::read_value(Field field, Unescaped& unescaped) {
    char c = next();
    if (c == '"') return read_text(field, unescaped);
    if (c == '[') return skip_list();
    return read_bare(field);
}

bool JsonFields::read_text(Field field, Unescaped& unescaped) {
    const char* begin = ++at_;
    Quoted text = end_of_quoted(begin, end_);
    at_ = text.end;
    if (at_ == end_) return false;
    ++at_;
    std::string_view raw(begin, static_cast<std::size_t>(text.end - begin));
    if (is_wanted(field)) keep(field, text.escaped ? unescaped.add(raw) : raw);
    return true;
}

// A number, a word, nothing at all, or numbers with commas between them: then no name follows a comma.
bool JsonFields::read_bare(Field field) {
    const char* begin = at_;
    for (;;) {
        while (at_ != end_ && !ends_bare(*at_)) ++at_;
        if (at_ == end_ || (*at_ != ',' && *at_ != '}')) return false;
        const char* after = at_ + 1;
        while (after != end_ && is_blank(*after)) ++after;
        bool goes_on = *at_ == ',' && after != end_ && !ends_bare(*after);
        if (!goes_on) break;
        at_ = after;
    }
    std::string_view value = trim(std::string_view(begin, static_cast<std::size_t>(at_ - begin)));
    if (is_wanted(field)) keep(field, value == "null" ? std::string_view() : value);
    return true;
}

// With whatever is in it.
bool JsonFields::skip_list() {
    int open = 0;
    do {
        if (at_ == end_) return false;
        char c = *at_++;
        if (c == '[' || c == '{') ++open;
        if (c == ']' || c == '}') --open;
        if (c == '"') {
            at_ = end_of_quoted(at_, end_).end;
            if (at_ != end_) ++at_;
        }
    } while (open > 0);
    return true;
}

// The next byte that is no blank, '\0' at the end.
char JsonFields::next() {
    while (at_ != end_ && is_blank(*at_)) ++at_;
    return at_ == end_ ? '\0' : *at_;
}

void JsonFields::keep(Field field, std::string_view value) {
    seen_ |= bit(field);
    values_[static_cast<std::size_t>(field)] = value == "-" ? std::string_view() : value;
}

std::string JsonFields::problem() const {
    if (at_ == end_) return "the line is cut: its JSON object does not end";
    return "no JSON object: character " + std::to_string(at_ - begin_ + 1) + " is not what may stand there";
}

}  // namespace aihub::accesslog
