#include "tools/aihub-serve/translate/ollama_time.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "shared/base/clock.hpp"

namespace aihub::translate {
namespace {

struct Unit {
    std::string_view name;
    double seconds;
};
// Longer names before those they begin with. Both code points of the micro sign, as in Go.
constexpr std::array units = {Unit{"ns", 1e-9},        Unit{"us", 1e-6}, Unit{"\xC2\xB5s", 1e-6},
                              Unit{"\xCE\xBCs", 1e-6}, Unit{"ms", 1e-3}, Unit{"s", 1},
                              Unit{"m", 60},           Unit{"h", 3600}};

// A number and its unit, taken from the front of `text`.
std::optional<double> take_piece(std::string_view& text) {
    double amount = 0;
    auto [end, problem] =
        std::from_chars(text.data(), text.data() + text.size(), amount, std::chars_format::fixed);
    if (problem != std::errc() || text.front() == '-' || !std::isfinite(amount)) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    for (const Unit& unit : units) {
        if (!text.starts_with(unit.name)) continue;
        text.remove_prefix(unit.name.size());
        return amount * unit.seconds;
    }
    return std::nullopt;
}

std::optional<double> words_of_time(std::string_view text) {
    double sign = text.starts_with('-') ? -1 : 1;
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    if (text == "0") return 0;
    if (text.empty()) return std::nullopt;
    double seconds = 0;
    while (!text.empty()) {
        std::optional<double> piece = take_piece(text);
        if (!piece) return std::nullopt;
        seconds += *piece;
    }
    return sign * seconds;
}

constexpr std::int64_t one_second = 1'000'000'000;  // nanoseconds

// "2026-01-31T08:30:00."
std::string date_of(std::int64_t seconds) {
    std::string text = utc_iso8601(seconds * 1000);
    text.back() = '.';
    return text;
}

std::string fraction_of(std::int64_t nanoseconds) {
    std::string digits = std::to_string(one_second + nanoseconds);  // for the zeros in front
    return digits.erase(0, 1) + 'Z';
}

}  // namespace

std::optional<double> ollama_seconds(const Json& value) {
    if (value.is_number()) return value.get<double>();
    return value.is_string() ? words_of_time(value.get_ref<const std::string&>()) : std::nullopt;
}

std::string rfc3339_nanoseconds(std::int64_t nanoseconds) {
    return date_of(nanoseconds / one_second) + fraction_of(nanoseconds % one_second);
}

std::string ReplyClock::created_at() {
    std::int64_t now = start_ms_ * 1'000'000 + static_cast<std::int64_t>(elapsed());
    if (std::int64_t second = now / one_second; second != second_) {
        second_ = second;
        date_ = date_of(second);
    }
    return date_ + fraction_of(now % one_second);
}

}  // namespace aihub::translate
