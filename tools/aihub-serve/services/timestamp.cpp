#include "tools/aihub-serve/services/timestamp.hpp"

#include <charconv>
#include <chrono>

namespace aihub::serve {
namespace {

// Takes its parts from the front of a text; once one was not there, nothing more is.
class TimeReader {
public:
    explicit TimeReader(std::string_view text) : text_(text) {}

    // Exactly so many digits.
    int number(std::size_t digits) {
        int value = 0;
        std::string_view part = text_.substr(0, digits);
        bool all = part.size() == digits && part.find_first_not_of("0123456789") == part.npos;
        if (!all) return fail();
        std::from_chars(part.data(), part.data() + digits, value);
        text_.remove_prefix(digits);
        return value;
    }

    // One of `characters`.
    char one_of(std::string_view characters) {
        bool there = !text_.empty() && characters.find(text_.front()) != characters.npos;
        if (!there) return static_cast<char>(fail());
        char taken = text_.front();
        text_.remove_prefix(1);
        return taken;
    }

    void fraction() {
        if (!text_.starts_with('.')) return;
        std::size_t end = text_.find_first_not_of("0123456789", 1);
        if (end == 1 || text_.size() == 1) fail();
        text_.remove_prefix(end == text_.npos ? text_.size() : end);
    }

    int fail() {
        good_ = false;
        return 0;
    }
    bool is_whole() const { return good_ && text_.empty(); }

private:
    std::string_view text_;
    bool good_ = true;
};

std::chrono::year_month_day read_date(TimeReader& from) {
    int year = from.number(4);
    from.one_of("-");
    int month = from.number(2);
    from.one_of("-");
    int day = from.number(2);
    std::chrono::year_month_day date{std::chrono::year(year),
                                     std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok()) from.fail();
    return date;
}

// Minutes of "23:59".
int read_hours_and_minutes(TimeReader& from) {
    int hours = from.number(2);
    from.one_of(":");
    int minutes = from.number(2);
    if (hours > 23 || minutes > 59) from.fail();
    return hours * 60 + minutes;
}

// How many minutes the clock that was read is ahead of UTC.
int read_zone(TimeReader& from) {
    char sign = from.one_of("Zz+-");
    if (sign != '+' && sign != '-') return 0;
    int minutes = read_hours_and_minutes(from);
    return sign == '+' ? minutes : -minutes;
}

}  // namespace

std::optional<std::int64_t> unix_seconds(std::string_view rfc3339) {
    TimeReader from(rfc3339);
    std::chrono::year_month_day date = read_date(from);
    from.one_of("Tt ");
    int minutes = read_hours_and_minutes(from);
    from.one_of(":");
    int seconds = from.number(2);
    if (seconds > 60) from.fail();  // 60 is a leap second
    from.fraction();
    minutes -= read_zone(from);
    if (!from.is_whole()) return std::nullopt;
    std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    return days * 86'400 + minutes * 60 + seconds;
}

}  // namespace aihub::serve
