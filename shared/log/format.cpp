#include "shared/log/format.hpp"

#include <algorithm>

#include "shared/base/clock.hpp"
#include "shared/base/strings.hpp"

namespace aihub::log {
namespace {

void append_quoted(std::string& line, std::string_view text) {
    line.push_back('"');
    append_json_escaped(line, text);
    line.push_back('"');
}

// logfmt: a value stands bare unless a reader could take it for something else.
bool needs_quotes(std::string_view text) {
    return text.empty() || std::any_of(text.begin(), text.end(), [](char c) {
               auto byte = static_cast<unsigned char>(c);
               return byte <= 0x20 || byte >= 0x7F || c == '"' || c == '=' || c == '\\';
           });
}

// std::to_string writes "nan" and "inf", which JSON has no number for.
bool is_json_literal(std::string_view text) {
    if (text == "true" || text == "false") return true;
    if (text.starts_with('-')) text.remove_prefix(1);
    return !text.empty() && text.front() >= '0' && text.front() <= '9';
}

std::string text_line(std::string_view time, Level level, std::string_view event,
                      std::span<const Field> fields) {
    std::string line(time);
    line.append(" ").append(level_name(level)).append(" ").append(event);
    for (const Field& field : fields) {
        line.append(" ").append(field.key).append("=");
        if (needs_quotes(field.value))
            append_quoted(line, field.value);
        else
            line.append(field.value);
    }
    return line;
}

std::string json_line(std::string_view time, Level level, std::string_view event,
                      std::span<const Field> fields) {
    std::string line = "{\"time\":";
    append_quoted(line, time);
    line.append(",\"level\":");
    append_quoted(line, level_name(level));
    line.append(",\"event\":");
    append_quoted(line, event);
    for (const Field& field : fields) {
        line.push_back(',');
        append_quoted(line, field.key);
        line.push_back(':');
        if (!field.quoted && is_json_literal(field.value))
            line.append(field.value);
        else
            append_quoted(line, field.value);
    }
    return line + "}";
}

}  // namespace

std::string format_line(Format format, std::int64_t time_ms, Level level, std::string_view event,
                        std::span<const Field> fields) {
    std::string time = utc_iso8601(time_ms);
    return format == Format::json ? json_line(time, level, event, fields)
                                  : text_line(time, level, event, fields);
}

}  // namespace aihub::log
