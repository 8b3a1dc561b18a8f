#include "shared/crypto/tokens.hpp"

#include <array>
#include <cstdint>

#include "shared/crypto/crc32.hpp"
#include "shared/crypto/hash.hpp"

namespace aihub::crypto {
namespace {

constexpr std::string_view base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t prefix_length = 4;
constexpr std::size_t secret_length = 30;
constexpr std::size_t checksum_length = 6;  // 62^6 > 2^32
constexpr std::size_t body_length = prefix_length + secret_length;
constexpr std::size_t shortest_hinted = 12;  // of anything shorter a hint would give too much away

constexpr std::string_view prefix(TokenKind kind) {
    switch (kind) {
        case TokenKind::user:
            return "ahk_";
        case TokenKind::admin:
            return "aha_";
        case TokenKind::worker:
            return "ahw_";
    }
    __builtin_unreachable();
}

bool has_our_prefix(std::string_view token) {
    return token.starts_with(prefix(TokenKind::user)) || token.starts_with(prefix(TokenKind::admin)) ||
           token.starts_with(prefix(TokenKind::worker));
}

// An array and no string: this runs for every request before anything is known about the caller.
std::array<char, checksum_length> checksum(std::string_view body) {
    std::array<char, checksum_length> digits;
    std::uint32_t rest = crc32(body);
    for (std::size_t at = digits.size(); at-- > 0; rest /= base62.size())
        digits[at] = base62[rest % base62.size()];
    return digits;
}

std::string_view text_of(const std::array<char, checksum_length>& digits) {
    return std::string_view(digits.data(), digits.size());
}

bool checksum_fits(std::string_view token) {
    if (token.size() != body_length + checksum_length) return false;
    if (token.find_first_not_of(base62, prefix_length) != std::string_view::npos) return false;
    return token.substr(body_length) == text_of(checksum(token.substr(0, body_length)));
}

}  // namespace

std::string make_token(TokenKind kind) {
    std::string token(prefix(kind));
    token += random_base62(secret_length);
    token += text_of(checksum(token));
    return token;
}

TokenForm inspect_token(std::string_view token) {
    if (!has_our_prefix(token)) return TokenForm::foreign;
    return checksum_fits(token) ? TokenForm::own : TokenForm::damaged;
}

std::string token_hint(std::string_view token) {
    if (token.size() < shortest_hinted) return "…";
    std::size_t shown = has_our_prefix(token) ? prefix_length : 3;
    return std::string(token.substr(0, shown)) + "…" + std::string(token.substr(token.size() - 4));
}

}  // namespace aihub::crypto
