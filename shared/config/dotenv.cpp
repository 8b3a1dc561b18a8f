#include "shared/config/dotenv.hpp"

#include <algorithm>

#include "shared/base/strings.hpp"

namespace aihub::config {
namespace {

bool is_name(std::string_view text) {
    auto is_word = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    return !text.empty() && std::all_of(text.begin(), text.end(), is_word);
}

// What follows the closing quote is a comment or nothing; without quotes a comment begins at " #".
std::string_view value_of(std::string_view text) {
    char quote = text.empty() ? ' ' : text.front();
    if (quote == '"' || quote == '\'') {
        std::size_t closing = text.find(quote, 1);
        std::string_view after = closing == std::string_view::npos ? "x" : trim(text.substr(closing + 1));
        if (after.empty() || after.front() == '#') return text.substr(1, closing - 1);
    }
    return trim(text.substr(0, std::min(text.find(" #"), text.find("\t#"))));
}

std::string_view without_export(std::string_view line) {
    constexpr std::string_view word = "export";
    bool exported = line.starts_with(word) && line.size() > word.size() &&
                    (line[word.size()] == ' ' || line[word.size()] == '\t');
    return exported ? trim(line.substr(word.size())) : line;
}

}  // namespace

Result<std::vector<DotenvEntry>> parse_dotenv(std::string_view text) {
    std::vector<DotenvEntry> entries;
    int number = 0;
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);  // a byte order mark, as Windows editors leave
    for (std::string_view line : split(text, '\n')) {
        ++number;
        if (line.ends_with('\r')) line.remove_suffix(1);
        line = trim(line);
        if (line.empty() || line.front() == '#') continue;
        line = without_export(line);
        std::size_t equals = line.find('=');
        std::string_view name = trim(line.substr(0, equals));
        if (equals == std::string_view::npos || !is_name(name) || line.find('\0') != std::string_view::npos)
            return Error(ErrorCode::invalid_input, std::to_string(number) + ": not a NAME=value line",
                         "write NAME=value, or begin the line with # to skip it");
        entries.push_back({std::string(name), std::string(value_of(trim(line.substr(equals + 1)))), number});
    }
    return entries;
}

}  // namespace aihub::config
