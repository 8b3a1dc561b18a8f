#include "shared/base/money.hpp"

#include <limits>
#include <optional>

#include "shared/base/strings.hpp"

namespace aihub {
namespace {

constexpr std::size_t places = 6;
constexpr std::uint64_t micros_in_one = 1'000'000;

Error not_money(std::string_view text, const std::string& why) {
    return Error(ErrorCode::invalid_input, "\"" + printable(text) + "\" is no amount of money: " + why,
                 "write it as 12.50, with at most 6 places after the point");
}

bool is_number(std::string_view text) {
    return text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Digits on both sides of the point as micro-units; nothing when that leaves 64 bits.
std::optional<std::uint64_t> micros_of(std::string_view whole, std::string_view fraction) {
    std::string digits = std::string(whole) + std::string(fraction);
    return parse_unsigned(digits.append(places - fraction.size(), '0'));
}

std::optional<std::int64_t> with_sign(std::uint64_t size, bool negative) {
    constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
    if (size > largest + (negative ? 1 : 0)) return std::nullopt;
    return static_cast<std::int64_t>(negative ? ~size + 1 : size);
}

}  // namespace

Result<std::int64_t> parse_money(std::string_view text) {
    bool negative = text.starts_with('-');
    std::string_view number = text.substr(negative || text.starts_with('+') ? 1 : 0);
    std::size_t point = number.find('.');
    std::string_view whole = number.substr(0, point);
    std::string_view fraction = point == std::string_view::npos ? "" : number.substr(point + 1);
    if (whole.empty() && fraction.empty()) return not_money(text, "it has no digits");
    if (!is_number(whole) || !is_number(fraction)) return not_money(text, "it is no decimal number");
    if (fraction.size() > places) return not_money(text, "it has more than 6 places");
    std::optional<std::uint64_t> size = micros_of(whole, fraction);
    std::optional<std::int64_t> micro = size ? with_sign(*size, negative) : std::nullopt;
    if (!micro) return not_money(text, "it is too large");
    return *micro;
}

std::string format_money(std::int64_t micro) {
    std::uint64_t size =
        micro < 0 ? ~static_cast<std::uint64_t>(micro) + 1 : static_cast<std::uint64_t>(micro);
    std::string fraction = std::to_string(micros_in_one + size % micros_in_one).substr(1);
    while (fraction.size() > 2 && fraction.back() == '0') fraction.pop_back();
    return (micro < 0 ? "-" : "") + std::to_string(size / micros_in_one) + "." + fraction;
}

}  // namespace aihub
