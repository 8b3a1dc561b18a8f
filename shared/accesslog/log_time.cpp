#include "shared/accesslog/log_time.hpp"

#include "shared/accesslog/numbers.hpp"

namespace aihub::accesslog {
namespace {

struct Civil {
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
};

constexpr std::size_t date_and_time = 19;  // 2026-01-31T09:30:00
constexpr std::size_t combined_size = 26;  // 31/Jan/2026:09:30:00 +0100

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Digits from `at` on as a number, -1 when one is none.
template <std::size_t Count>
int digits(std::string_view text, std::size_t at) {
    int value = 0;
    for (std::size_t i = at; i < at + Count; ++i) {
        if (!is_digit(text[i])) return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

bool is_leap(int year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int days_in_month(int year, int month) {
    constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

bool within(int value, int low, int high) {
    return value >= low && value <= high;
}

// Second 60 is a leap second.
bool exists(const Civil& c) {
    return c.year >= 0 && within(c.month, 1, 12) && within(c.day, 1, days_in_month(c.year, c.month)) &&
           within(c.hour, 0, 23) && within(c.minute, 0, 59) && within(c.second, 0, 60);
}

// Days since 1970-01-01. Years are counted from March, so that the leap day is a year's last.
std::int64_t days_since_1970(const Civil& c) {
    int year = c.year - (c.month <= 2 ? 1 : 0);
    int month_from_march = (c.month + 9) % 12;
    int day_of_year = (153 * month_from_march + 2) / 5 + c.day - 1;
    int leap_days = year >= 0 ? year / 4 - year / 100 + year / 400 : -1;
    constexpr std::int64_t march_of_year_0 = -719468;
    return march_of_year_0 + std::int64_t{365} * year + leap_days + day_of_year;
}

std::int64_t to_ms(const Civil& c, int zone_minutes) {
    std::int64_t seconds =
        days_since_1970(c) * 86400 + c.hour * 3600 + (c.minute - zone_minutes) * 60 + c.second;
    return seconds * 1000;
}

// "Z", "+01:00", "+0100", "+01" or nothing, in minutes east of UTC.
std::optional<int> parse_zone(std::string_view text) {
    if (text.empty() || text == "Z" || text == "z") return 0;
    bool known_size = text.size() == 3 || text.size() == 5 || (text.size() == 6 && text[3] == ':');
    if (!known_size || (text[0] != '+' && text[0] != '-')) return std::nullopt;
    int hours = digits<2>(text, 1);
    int minutes = text.size() == 3 ? 0 : digits<2>(text, text.size() - 2);
    if (!within(hours, 0, 23) || !within(minutes, 0, 59)) return std::nullopt;
    int offset = hours * 60 + minutes;
    return text[0] == '-' ? -offset : offset;
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

std::optional<std::int64_t> parse_iso(std::string_view text) {
    bool shaped = text[4] == '-' && text[7] == '-' &&
                  (text[10] == 'T' || text[10] == 't' || text[10] == ' ') && text[13] == ':' &&
                  text[16] == ':';
    if (!shaped) return std::nullopt;
    Civil civil{digits<4>(text, 0),  digits<2>(text, 5),  digits<2>(text, 8),
                digits<2>(text, 11), digits<2>(text, 14), digits<2>(text, 17)};
    std::string_view rest = text.substr(date_and_time);
    int fraction = take_fraction(rest);
    std::optional<int> zone = parse_zone(rest);
    if (!exists(civil) || fraction < 0 || !zone) return std::nullopt;
    return to_ms(civil, *zone) + fraction;
}

int month_of(std::string_view name) {
    constexpr std::string_view names = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (std::size_t at = 0; at < names.size(); at += 3)
        if (names.substr(at, 3) == name) return static_cast<int>(at / 3) + 1;
    return 0;
}

std::optional<std::int64_t> parse_combined(std::string_view text) {
    bool shaped = text[6] == '/' && text[11] == ':' && text[14] == ':' && text[17] == ':' && text[20] == ' ';
    if (!shaped) return std::nullopt;
    Civil civil{digits<4>(text, 7),  month_of(text.substr(3, 3)), digits<2>(text, 0),
                digits<2>(text, 12), digits<2>(text, 15),         digits<2>(text, 18)};
    std::optional<int> zone = parse_zone(text.substr(21));
    if (!exists(civil) || !zone) return std::nullopt;
    return to_ms(civil, *zone);
}

std::optional<std::int64_t> parse_epoch(std::string_view text) {
    constexpr std::int64_t last_second = 100'000'000'000;  // in the year 5138
    if (text.find('.') != text.npos) {
        std::optional<std::int64_t> ms = parse_thousandths(text);
        return ms && *ms < last_second * 1000 ? ms : std::nullopt;
    }
    std::optional<std::int64_t> count = parse_whole(text);
    if (!count) return std::nullopt;
    if (*count < last_second) return *count * 1000;
    while (*count >= last_second * 1000) *count /= 1000;
    return *count;
}

}  // namespace

std::optional<std::int64_t> parse_log_time(std::string_view text) {
    if (text.size() >= date_and_time && text[4] == '-') return parse_iso(text);
    if (text.size() == combined_size && text[2] == '/') return parse_combined(text);
    return parse_epoch(text);
}

}  // namespace aihub::accesslog
