#include "shared/base/units.hpp"

#include <cmath>

#include "shared/base/strings.hpp"

namespace aihub {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Takes a decimal number ("12", "1.5") from the front of `text`.
std::optional<double> take_number(std::string_view& text) {
    std::size_t length = 0;
    while (length < text.size() && (is_digit(text[length]) || text[length] == '.')) ++length;
    double value = 0;
    auto [end, failed] = std::from_chars(text.data(), text.data() + length, value);
    if (length == 0 || failed != std::errc() || end != text.data() + length) return std::nullopt;
    text.remove_prefix(length);
    return value;
}

std::optional<double> milliseconds_in(std::string_view unit) {
    if (unit.empty() || unit == "s") return 1000.0;
    if (unit == "ms") return 1.0;
    if (unit == "m" || unit == "min") return 60'000.0;
    if (unit == "h") return 3'600'000.0;
    if (unit == "d") return 86'400'000.0;
    return std::nullopt;
}

constexpr double longest_duration = 1e14;  // about 3,000 years: far from overflow everywhere

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
    text = trim(text);
    std::optional<double> number = take_number(text);
    if (!number) return std::nullopt;
    std::string unit = to_lower(trim(text));
    if (unit.ends_with("ib"))
        unit.resize(unit.size() - 2);
    else if (unit.size() > 1 && unit.ends_with('b'))
        unit.pop_back();
    double factor = 0;
    if (unit.empty() || unit == "b") factor = 1;
    if (unit == "k") factor = 1024.0;
    if (unit == "m") factor = 1024.0 * 1024;
    if (unit == "g") factor = 1024.0 * 1024 * 1024;
    double bytes = *number * factor;
    if (factor == 0 || bytes > 9e18) return std::nullopt;
    return static_cast<std::uint64_t>(bytes);
}

std::string format_size(std::uint64_t bytes) {
    constexpr std::uint64_t kilo = 1024;
    if (bytes >= kilo * kilo * kilo && bytes % (kilo * kilo * kilo) == 0)
        return std::to_string(bytes / kilo / kilo / kilo) + "GB";
    if (bytes >= kilo * kilo && bytes % (kilo * kilo) == 0) return std::to_string(bytes / kilo / kilo) + "MB";
    if (bytes >= kilo && bytes % kilo == 0) return std::to_string(bytes / kilo) + "KB";
    return std::to_string(bytes);
}

std::optional<Milliseconds> parse_duration(std::string_view text) {
    text = trim(text);
    if (iequals(text, "off")) return Milliseconds(0);
    if (text.empty()) return std::nullopt;
    double total = 0;
    while (!text.empty()) {
        std::optional<double> number = take_number(text);
        if (!number) return std::nullopt;
        std::size_t length = 0;
        while (length < text.size() && !is_digit(text[length])) ++length;
        std::optional<double> factor = milliseconds_in(text.substr(0, length));
        if (!factor) return std::nullopt;
        total += *number * *factor;
        text.remove_prefix(length);
    }
    if (total > longest_duration) return std::nullopt;
    return Milliseconds(std::llround(total));
}

std::string format_duration(Milliseconds value) {
    auto count = value.count();
    if (count == 0) return "off";
    if (count % 3'600'000 == 0) return std::to_string(count / 3'600'000) + "h";
    if (count % 60'000 == 0) return std::to_string(count / 60'000) + "m";
    if (count % 1000 == 0) return std::to_string(count / 1000) + "s";
    return std::to_string(count) + "ms";
}

}  // namespace aihub
