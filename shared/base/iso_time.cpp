#include "shared/base/iso_time.hpp"

#include <chrono>

#include "shared/base/strings.hpp"

namespace aihub {
namespace {

constexpr std::size_t date_size = 10;           // 2027-01-31
constexpr std::size_t date_and_time_size = 19;  // 2027-01-31T08:30:00

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool within(int value, int low, int high) {
    return value >= low && value <= high;
}

// Takes ".123456" or ",123" from the front of `rest`, as milliseconds; -1 when no digit follows the point.
int take_fraction(std::string_view& rest) {
    if (rest.empty() || (rest[0] != '.' && rest[0] != ',')) return 0;
    rest.remove_prefix(1);
    if (rest.empty() || !is_digit(rest[0])) return -1;
    int ms = 0;
    for (int place = 100; !rest.empty() && is_digit(rest[0]); place /= 10, rest.remove_prefix(1))
        ms += place * (rest[0] - '0');
    return ms;
}

CivilTime date_of(std::string_view text) {
    return {digits_at(text, 0, 4), digits_at(text, 5, 2), digits_at(text, 8, 2)};
}

}  // namespace

int digits_at(std::string_view text, std::size_t at, std::size_t count) {
    int value = 0;
    for (char c : text.substr(at, count)) {
        if (!is_digit(c)) return -1;
        value = value * 10 + (c - '0');
    }
    return value;
}

std::optional<int> parse_zone(std::string_view text) {
    if (text.empty() || text == "Z" || text == "z") return 0;
    bool known_size = text.size() == 3 || text.size() == 5 || (text.size() == 6 && text[3] == ':');
    if (!known_size || (text[0] != '+' && text[0] != '-')) return std::nullopt;
    int hours = digits_at(text, 1, 2);
    int minutes = text.size() == 3 ? 0 : digits_at(text, text.size() - 2, 2);
    if (!within(hours, 0, 23) || !within(minutes, 0, 59)) return std::nullopt;
    int offset = hours * 60 + minutes;
    return text[0] == '-' ? -offset : offset;
}

std::optional<std::int64_t> utc_ms(const CivilTime& time, int zone_minutes) {
    namespace c = std::chrono;
    if (!within(time.month, 1, 12) || !within(time.day, 1, 31) || time.year < 0) return std::nullopt;
    c::year_month_day date(c::year(time.year), c::month(static_cast<unsigned>(time.month)),
                           c::day(static_cast<unsigned>(time.day)));
    bool exists =
        date.ok() && within(time.hour, 0, 23) && within(time.minute, 0, 59) && within(time.second, 0, 60);
    if (!exists) return std::nullopt;
    std::int64_t days = c::sys_days(date).time_since_epoch().count();
    std::int64_t minutes = days * 24 * 60 + time.hour * 60 + time.minute - zone_minutes;
    return (minutes * 60 + time.second) * 1000;
}

std::optional<std::int64_t> parse_iso_date(std::string_view text) {
    if (text.size() != date_size || text[4] != '-' || text[7] != '-') return std::nullopt;
    return utc_ms(date_of(text));
}

std::optional<std::int64_t> parse_iso_time(std::string_view text) {
    if (text.size() < date_and_time_size) return std::nullopt;
    bool shaped = text[4] == '-' && text[7] == '-' &&
                  (text[10] == 'T' || text[10] == 't' || text[10] == ' ') && text[13] == ':' &&
                  text[16] == ':';
    if (!shaped) return std::nullopt;
    CivilTime time = date_of(text);
    time.hour = digits_at(text, 11, 2);
    time.minute = digits_at(text, 14, 2);
    time.second = digits_at(text, 17, 2);
    std::string_view rest = text.substr(date_and_time_size);
    int fraction = take_fraction(rest);
    std::optional<int> zone = parse_zone(trim(rest));
    std::optional<std::int64_t> whole = zone ? utc_ms(time, *zone) : std::nullopt;
    if (!whole || fraction < 0) return std::nullopt;
    return *whole + fraction;
}

}  // namespace aihub
