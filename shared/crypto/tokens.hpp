// Tokens: `ahk_` (user), `aha_` (admin) or `ahw_` (worker), 30 base62 characters, then the CRC-32 of
// everything before it as 6 base62 characters. The checksum lets a typo be refused without a look-up
// and a secret scanner tell a key from noise. Only the SHA-256 of a token is ever stored.
#pragma once

#include <string>
#include <string_view>

namespace aihub::crypto {

enum class TokenKind { user, admin, worker };

std::string make_token(TokenKind kind);

enum class TokenForm {
    own,      // made by make_token: the checksum fits
    damaged,  // has our prefix, but length, alphabet or checksum is wrong
    foreign,  // an imported or static key: nothing can be said without a look-up
};
TokenForm inspect_token(std::string_view token);

// What may be shown of a token: "ahk_…x7Qz"; for foreign ones the first 3 characters, for those shorter than
// 12 characters nothing but "…".
std::string token_hint(std::string_view token);

}  // namespace aihub::crypto
