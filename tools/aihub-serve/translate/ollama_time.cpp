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

}  // namespace

std::optional<double> ollama_seconds(const Json& value) {
    if (value.is_number()) return value.get<double>();
    return value.is_string() ? words_of_time(value.get_ref<const std::string&>()) : std::nullopt;
}

std::string rfc3339_nanoseconds(std::int64_t nanoseconds) {
    std::string text = utc_iso8601(nanoseconds / 1'000'000);
    std::string digits = std::to_string(1'000'000'000 + nanoseconds % 1'000'000'000);
    text.back() = '.';
    return text.append(digits, 1).append("Z");
}

}  // namespace aihub::translate
