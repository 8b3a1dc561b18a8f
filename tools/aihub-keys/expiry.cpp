#include "tools/aihub-keys/expiry.hpp"

#include <ctime>

#include "shared/base/clock.hpp"
#include "shared/base/strings.hpp"
#include "shared/base/units.hpp"

namespace aihub::keys {
namespace {

Error invalid(const std::string& text, const std::string& why, const std::string& hint) {
    return Error(ErrorCode::invalid_input, "--expires " + printable(text) + ": " + why, hint);
}

// Printed again it must be what was read: that refuses 30 February and 2027-1-1.
std::optional<std::int64_t> parse_moment(const std::string& text) {
    std::tm when{};
    const char* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &when);
    if (!end || *end != '\0') return std::nullopt;
    std::int64_t ms = static_cast<std::int64_t>(::timegm(&when)) * 1000;
    return utc_iso8601(ms) == text ? std::optional(ms) : std::nullopt;
}

std::optional<std::int64_t> parse_date(const std::string& text) {
    std::optional<std::int64_t> day = parse_moment(text + "T00:00:00Z");
    return day ? day : parse_moment(text);
}

// A bare number would be seconds, which nobody means here.
std::optional<std::int64_t> parse_time_span(const std::string& text) {
    std::optional<Milliseconds> span = parse_duration(text);
    bool has_unit = text.find_first_not_of("0123456789.") != std::string::npos;
    return span && has_unit ? std::optional<std::int64_t>(span->count()) : std::nullopt;
}

// "+02:00", "+0200", "+02" or "Z" as milliseconds to take away; nothing for anything else.
std::optional<std::int64_t> parse_zone(std::string_view zone) {
    if (zone.empty() || zone == "Z" || zone == "z") return 0;
    bool west = zone.front() == '-';
    if (!west && zone.front() != '+') return std::nullopt;
    std::string digits;
    for (char c : zone.substr(1))
        if (c != ':') digits += c;
    if (digits.size() == 2) digits += "00";
    std::optional<std::uint64_t> number = parse_unsigned(digits);
    if (digits.size() != 4 || !number || *number % 100 > 59) return std::nullopt;
    auto minutes = static_cast<std::int64_t>(*number / 100 * 60 + *number % 100);
    return (west ? -minutes : minutes) * 60'000;
}

// Takes ".123456" from the front; milliseconds.
std::int64_t take_fraction(std::string_view& text) {
    if (!text.starts_with('.')) return 0;
    std::size_t end = std::min(text.find_first_not_of("0123456789", 1), text.size());
    std::string digits(text.substr(1, end - 1));
    text.remove_prefix(end);
    digits.resize(3, '0');
    return static_cast<std::int64_t>(parse_unsigned(digits).value_or(0));
}

}  // namespace

Result<std::int64_t> parse_expiry(const std::string& text, std::int64_t now_ms) {
    constexpr const char* forms = "write 30d, 12h, 2027-01-31, 2027-01-31T08:30:00Z or never";
    if (text == "never") return std::int64_t{0};
    std::optional<std::int64_t> end = parse_date(text);
    if (std::optional<std::int64_t> span = parse_time_span(text); !end && span) end = now_ms + *span;
    if (!end) return invalid(text, "neither a time span nor a date", forms);
    if (*end <= now_ms) return invalid(text, "the key would have expired already", forms);
    return *end;
}

Result<std::int64_t> parse_span(std::string_view flag, const std::string& text) {
    if (text == "0") return std::int64_t{0};
    std::optional<std::int64_t> span = parse_time_span(text);
    if (span && text != "off") return *span;
    return Error(ErrorCode::invalid_input, std::string(flag) + " " + printable(text) + ": no time span",
                 "write 30d, 12h or 45m");
}

std::optional<std::int64_t> parse_timestamp(const std::string& text) {
    constexpr std::size_t seconds_end = 19;  // "2027-01-31T08:30:00"
    if (text.size() < seconds_end) return parse_date(text);
    std::string moment = text.substr(0, seconds_end);
    if (moment[10] == ' ') moment[10] = 'T';
    std::optional<std::int64_t> whole = parse_moment(moment + "Z");
    std::string_view rest = std::string_view(text).substr(seconds_end);
    std::int64_t fraction = take_fraction(rest);
    std::optional<std::int64_t> zone = parse_zone(trim(rest));
    if (!whole || !zone) return std::nullopt;
    return *whole + fraction - *zone;
}

}  // namespace aihub::keys
