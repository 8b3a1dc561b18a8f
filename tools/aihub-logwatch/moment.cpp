#include "tools/aihub-logwatch/moment.hpp"

#include "shared/base/iso_time.hpp"
#include "shared/base/strings.hpp"
#include "shared/base/units.hpp"

namespace aihub::logwatch {
namespace {

std::optional<std::int64_t> parse_date(const std::string& text) {
    std::optional<std::int64_t> day = parse_iso_date(text);
    return day ? day : parse_iso_time(text);
}

}  // namespace

Result<std::int64_t> parse_moment(std::string_view flag, const std::string& text, std::int64_t now_ms) {
    constexpr std::int64_t hour = 3'600'000;
    if (text == "ever") return std::int64_t{0};
    // Up to the end of the hour, so that sums of whole hours do.
    if (text == "now") return now_ms - now_ms % hour + hour;
    if (std::optional<std::int64_t> date = parse_date(text)) return *date;
    if (std::optional<Milliseconds> span = parse_duration(text)) return now_ms - span->count();
    return Error(ErrorCode::invalid_input,
                 std::string(flag) + " " + printable(text) + ": neither a time span nor a date",
                 "write 24h, 7d, 2027-01-31 or ever");
}

}  // namespace aihub::logwatch
