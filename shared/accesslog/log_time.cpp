#include "shared/accesslog/log_time.hpp"

#include "shared/accesslog/numbers.hpp"
#include "shared/base/iso_time.hpp"

namespace aihub::accesslog {
namespace {

constexpr std::size_t combined_size = 26;  // 31/Jan/2026:09:30:00 +0100

int month_of(std::string_view name) {
    constexpr std::string_view names = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (std::size_t at = 0; at < names.size(); at += 3)
        if (names.substr(at, 3) == name) return static_cast<int>(at / 3) + 1;
    return 0;
}

std::optional<std::int64_t> parse_combined(std::string_view text) {
    bool shaped = text[6] == '/' && text[11] == ':' && text[14] == ':' && text[17] == ':' && text[20] == ' ';
    if (!shaped) return std::nullopt;
    CivilTime time{digits_at(text, 7, 4),  month_of(text.substr(3, 3)), digits_at(text, 0, 2),
                   digits_at(text, 12, 2), digits_at(text, 15, 2),      digits_at(text, 18, 2)};
    std::optional<int> zone = parse_zone(text.substr(21));
    return zone ? utc_ms(time, *zone) : std::nullopt;
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
    if (text.size() > 4 && text[4] == '-') return parse_iso_time(text);
    if (text.size() == combined_size && text[2] == '/') return parse_combined(text);
    return parse_epoch(text);
}

}  // namespace aihub::accesslog
