// Moments as ISO 8601 and programs akin to it write them, as milliseconds since 1970 UTC. Pure, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace aihub {

// "2027-01-31T08:30:00", with a blank for the T, a fraction and a zone where there are such; without a zone
// it is UTC. Nothing for any other text, and for moments that no calendar has.
std::optional<std::int64_t> parse_iso_time(std::string_view text);
// "2027-01-31": its first moment, UTC.
std::optional<std::int64_t> parse_iso_date(std::string_view text);

// "Z", "+01:00", "+0100", "+01" or nothing, in minutes east of UTC.
std::optional<int> parse_zone(std::string_view text);
// Digits from `at` on as a number; -1 when one is none. The text is that long.
int digits_at(std::string_view text, std::size_t at, std::size_t count);

struct CivilTime {
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;  // 60 is a leap second
};
std::optional<std::int64_t> utc_ms(const CivilTime& time, int zone_minutes = 0);

}  // namespace aihub
