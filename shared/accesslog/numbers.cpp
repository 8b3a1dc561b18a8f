#include "shared/accesslog/numbers.hpp"

#include "shared/base/strings.hpp"

namespace aihub::accesslog {
namespace {

// As many digits as any count of seconds, bytes or money has, and no sum of a thousand of them overflows.
constexpr std::size_t most_digits = 15;

// The digits at the front of `text`, which are taken from it; nothing when there are none or too many.
std::optional<std::int64_t> take_digits(std::string_view& text) {
    std::int64_t value = 0;
    std::size_t count = 0;
    while (count < text.size() && text[count] >= '0' && text[count] <= '9') {
        if (count == most_digits) return std::nullopt;
        value = value * 10 + (text[count++] - '0');
    }
    text.remove_prefix(count);
    return count > 0 ? std::optional(value) : std::nullopt;
}

// Takes what stands before the next comma or colon.
std::string_view take_piece(std::string_view& list) {
    std::size_t at = list.find_first_of(",:");
    std::string_view piece = trim(list.substr(0, at));
    list = at == list.npos ? std::string_view() : list.substr(at + 1);
    return piece;
}

}  // namespace

std::optional<std::int64_t> parse_whole(std::string_view text) {
    constexpr std::size_t digits_of_63_bits = 19;
    if (text.size() > most_digits) {
        if (text.size() > digits_of_63_bits) return std::nullopt;
        std::optional<std::uint64_t> value = parse_unsigned(text);
        bool fits = value && *value <= static_cast<std::uint64_t>(INT64_MAX);
        return fits ? std::optional(static_cast<std::int64_t>(*value)) : std::nullopt;
    }
    std::optional<std::int64_t> value = take_digits(text);
    return text.empty() ? value : std::nullopt;
}

std::optional<std::int64_t> parse_thousandths(std::string_view text) {
    std::optional<std::int64_t> whole = take_digits(text);
    if (!whole) return std::nullopt;
    std::int64_t value = *whole * 1000;
    if (text.empty()) return value;
    if (text[0] != '.' || text.size() == 1) return std::nullopt;
    int place = 100;
    for (char c : text.substr(1)) {
        if (c < '0' || c > '9') return std::nullopt;
        value += place * (c - '0');
        place /= 10;
    }
    return value;
}

std::optional<std::int64_t> sum_thousandths(std::string_view list) {
    if (std::optional<std::int64_t> one = parse_thousandths(list)) return one;
    std::optional<std::int64_t> sum;
    while (!list.empty()) {
        std::string_view piece = take_piece(list);
        if (piece == "-" || piece.empty()) continue;
        std::optional<std::int64_t> value = parse_thousandths(piece);
        if (!value) return std::nullopt;
        sum = sum.value_or(0) + *value;
        if (*sum > INT64_MAX / 2) return std::nullopt;
    }
    return sum;
}

std::string_view last_of(std::string_view list) {
    std::size_t comma = list.rfind(", ");
    std::size_t colon = list.rfind(" : ");
    std::size_t begin = 0;
    if (comma != list.npos) begin = comma + 2;
    if (colon != list.npos && colon + 3 > begin) begin = colon + 3;
    return trim(list.substr(begin));
}

}  // namespace aihub::accesslog
