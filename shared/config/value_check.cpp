#include "shared/config/value_check.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>

#include "shared/base/strings.hpp"
#include "shared/config/address.hpp"
#include "shared/config/base_url.hpp"

namespace aihub::config {
namespace {

Error not_a(const Setting& setting, std::string_view text, std::string_view what, std::string hint) {
    std::string shown = setting.secret ? "…" : printable(text);
    return Error(ErrorCode::invalid_input, "not " + std::string(what) + ": \"" + shown + "\"",
                 std::move(hint));
}

std::string join(const std::vector<std::string_view>& words, std::string_view separator) {
    std::string text;
    for (std::string_view word : words) {
        if (!text.empty()) text.append(separator);
        text.append(word);
    }
    return text;
}

std::optional<bool> parse_boolean(std::string_view text) {
    for (std::string_view word : {"on", "true", "yes", "1"})
        if (iequals(text, word)) return true;
    for (std::string_view word : {"off", "false", "no", "0"})
        if (iequals(text, word)) return false;
    return std::nullopt;
}

struct Range {
    std::uint64_t low;
    std::uint64_t high;
};

Range range_of(const Setting& setting) {
    std::size_t dots = setting.allowed.find("..");
    if (dots == std::string_view::npos) return {0, std::numeric_limits<std::int64_t>::max()};
    std::string_view high = setting.allowed.substr(dots + 2);
    return {parse_unsigned(setting.allowed.substr(0, dots)).value(),
            parse_unsigned(high.substr(0, high.find('|'))).value()};
}

Result<std::string> integer_value(const Setting& setting, std::string_view text) {
    Range range = range_of(setting);
    std::optional<std::uint64_t> value = parse_unsigned(text);
    if (value && *value >= range.low && *value <= range.high) return std::to_string(*value);
    return not_a(
        setting, text, "a number in range",
        "give a whole number from " + std::to_string(range.low) + " to " + std::to_string(range.high));
}

Result<std::string> number_value(const Setting& setting, std::string_view text) {
    double value = 0;
    auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    bool whole = failed == std::errc() && end == text.data() + text.size();
    if (whole && std::isfinite(value) && value >= 0) return std::string(text);
    return not_a(setting, text, "a number", "give a number such as 0.0001");
}

Result<std::string> boolean_value(const Setting& setting, std::string_view text) {
    std::optional<bool> value = parse_boolean(text);
    if (!value) return not_a(setting, text, "on or off", "give on or off");
    return std::string(*value ? "on" : "off");
}

Result<std::string> size_value(const Setting& setting, std::string_view text) {
    if (parse_size(text)) return std::string(text);
    return not_a(setting, text, "a size", "give bytes, or a number with KB, MB or GB, such as 100MB");
}

Result<std::string> duration_value(const Setting& setting, std::string_view text) {
    std::optional<Milliseconds> value = parse_duration(text);
    bool may_be_off = setting.allowed != "more than 0";
    if (!value)
        return not_a(setting, text, "a duration",
                     std::string("give seconds, or a number with ms, s, m, h or d, such as 30s") +
                         (may_be_off ? "; or off" : ""));
    if (value->count() > 0 || may_be_off) return std::string(text);
    return Error(ErrorCode::invalid_input, "must be more than 0: \"" + printable(text) + "\"",
                 "give a duration such as " + std::string(setting.standard));
}

std::string normalise_path(std::string_view text) {
    while (text.ends_with('/')) text.remove_suffix(1);
    while (text.starts_with('/')) text.remove_prefix(1);
    return text.empty() ? "" : "/" + std::string(text);
}

Result<std::string> path_value(const Setting& setting, std::string_view text) {
    std::string path = normalise_path(text);
    bool plain = std::all_of(path.begin(), path.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_' || c == '/' || c == '.';
    });
    bool ambiguous = path.find("//") != std::string::npos || path.find("/.") != std::string::npos;
    if (!path.empty() && plain && !ambiguous) return path;
    return not_a(setting, text, "a path", "give a path such as /api");
}

Result<std::string> level_value(const Setting& setting, std::string_view text) {
    static constexpr std::string_view levels[] = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"};
    for (std::string_view level : levels)
        if (iequals(text, level) || (iequals(text, "WARN") && level == "WARNING")) return std::string(level);
    return not_a(setting, text, "a log level", "give DEBUG, INFO, WARNING, ERROR or CRITICAL");
}

Result<std::string> address_value(std::string_view text) {
    Result<Address> address = parse_address(text);
    if (!address) return address.error();
    return address->text();
}

Result<std::string> word_value(const Setting& setting, std::string_view text) {
    std::vector<std::string_view> words = split(setting.allowed, '|');
    for (std::string_view word : words)
        if (iequals(text, word)) return std::string(word);
    return not_a(setting, text, "one of " + join(words, ", "), "give one of " + join(words, ", "));
}

Result<std::string> text_value(const Setting& setting, std::string_view text) {
    if (text.find('\0') != std::string_view::npos) return not_a(setting, text, "text", "remove the NUL byte");
    if (setting.allowed.empty()) return std::string(text);
    if (setting.allowed == "level") return level_value(setting, text);
    if (setting.allowed == "path") return path_value(setting, text);
    if (setting.allowed.ends_with("|off") && iequals(text, "off")) return std::string("off");
    if (setting.allowed.starts_with("url")) return normalise_base_url(text);
    if (setting.allowed.starts_with("address")) return address_value(text);
    if (setting.allowed.find("..") != std::string_view::npos) return integer_value(setting, text);
    return word_value(setting, text);
}

Result<std::string> list_value(const Setting& setting, std::string_view text) {
    std::string joined;
    std::vector<std::string> pieces = split_list(text);
    for (const std::string& piece : pieces) {
        Result<std::string> item = text_value(setting, piece);
        if (!item) return item;
        if (setting.allowed.ends_with("|off") && *item == "off" && pieces.size() > 1)
            return not_a(setting, text, "a list", "give off alone, or leave it out");
        if (!joined.empty()) joined.push_back(',');
        joined.append(*item);
    }
    return joined;
}

}  // namespace

Result<std::string> canonical_value(const Setting& setting, std::string_view text) {
    switch (setting.type) {
        case Type::text:
            return text_value(setting, trim(text));
        case Type::integer:
            return integer_value(setting, trim(text));
        case Type::number:
            return number_value(setting, trim(text));
        case Type::boolean:
            return boolean_value(setting, trim(text));
        case Type::size:
            return size_value(setting, trim(text));
        case Type::duration:
            return duration_value(setting, trim(text));
        case Type::list:
            return list_value(setting, text);
    }
    std::abort();
}

}  // namespace aihub::config
