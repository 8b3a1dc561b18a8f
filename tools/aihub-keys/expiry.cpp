#include "tools/aihub-keys/expiry.hpp"

#include "shared/base/iso_time.hpp"
#include "shared/base/strings.hpp"
#include "shared/base/units.hpp"

namespace aihub::keys {
namespace {

Error invalid(const std::string& text, const std::string& why, const std::string& hint) {
    return Error(ErrorCode::invalid_input, "--expires " + printable(text) + ": " + why, hint);
}

// A moment is told with its zone, UTC: nobody means another one in error.
std::optional<std::int64_t> parse_date(const std::string& text) {
    std::optional<std::int64_t> day = parse_iso_date(text);
    return day || !text.ends_with('Z') ? day : parse_iso_time(text);
}

// A bare number would be seconds, which nobody means here.
std::optional<std::int64_t> parse_time_span(const std::string& text) {
    std::optional<Milliseconds> span = parse_duration(text);
    bool has_unit = text.find_first_not_of("0123456789.") != std::string::npos;
    return span && has_unit ? std::optional<std::int64_t>(span->count()) : std::nullopt;
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
    std::optional<std::int64_t> day = parse_iso_date(text);
    return day ? day : parse_iso_time(text);
}

}  // namespace aihub::keys
