#include "shared/accesslog/line.hpp"

#include "shared/accesslog/json_line.hpp"
#include "shared/accesslog/masking.hpp"
#include "shared/accesslog/path.hpp"

namespace aihub::accesslog {
namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

// Where a log was truncated under its writer's feet, zeros stand before what it wrote next.
std::string_view content(std::string_view line) {
    while (!line.empty() && (line.front() == '\0' || is_blank(line.front()))) line.remove_prefix(1);
    while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
    return line;
}

void mask(std::string_view& target, std::string& masked) {
    if (!may_hold_secrets(target)) return;
    masked.clear();
    append_masked(masked, target);
    target = masked;
}

}  // namespace

std::optional<std::string> LineParser::parse(std::string_view line, Entry& entry) {
    entry = Entry();
    line = content(line);
    if (line.empty()) return "the line is empty";
    unescaped_.begin_line(line.size());
    std::optional<std::string> wrong =
        line[0] == '{' ? parse_json(line, entry) : read_combined_entry(line, unescaped_, entry);
    if (!wrong) finish(entry);
    return wrong;
}

std::optional<std::string> LineParser::parse_json(std::string_view line, Entry& entry) {
    if (std::optional<std::string> wrong = fields_.read(line, unescaped_)) return wrong;
    return read_json_entry(fields_, key_, entry);
}

void LineParser::finish(Entry& entry) {
    mask(entry.uri, uri_masked_);
    mask(entry.referer, referer_masked_);
    entry.path = path_of(entry.uri);
}

}  // namespace aihub::accesslog
