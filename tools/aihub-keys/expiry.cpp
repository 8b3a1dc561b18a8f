#include "tools/aihub-keys/expiry.hpp"

#include <ctime>
#include <optional>

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
std::optional<std::int64_t> parse_span(const std::string& text) {
    std::optional<Milliseconds> span = parse_duration(text);
    bool has_unit = text.find_first_not_of("0123456789.") != std::string::npos;
    return span && has_unit ? std::optional<std::int64_t>(span->count()) : std::nullopt;
}

}  // namespace

Result<std::int64_t> parse_expiry(const std::string& text, std::int64_t now_ms) {
    constexpr const char* forms = "write 30d, 12h, 2027-01-31, 2027-01-31T08:30:00Z or never";
    if (text == "never") return std::int64_t{0};
    std::optional<std::int64_t> end = parse_date(text);
    if (std::optional<std::int64_t> span = parse_span(text); !end && span) end = now_ms + *span;
    if (!end) return invalid(text, "neither a time span nor a date", forms);
    if (*end <= now_ms) return invalid(text, "the key would have expired already", forms);
    return *end;
}

}  // namespace aihub::keys
