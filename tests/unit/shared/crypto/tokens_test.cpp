#include "shared/crypto/tokens.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string>

#include "shared/crypto/hash.hpp"

namespace aihub::crypto {
namespace {

constexpr std::string_view base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

std::string new_token(TokenKind kind) {
    initialise();
    return make_token(kind);
}

TEST_CASE("a token is a prefix of its kind, 30 random characters and 6 of checksum") {
    CHECK(new_token(TokenKind::user).starts_with("ahk_"));
    CHECK(new_token(TokenKind::admin).starts_with("aha_"));
    CHECK(new_token(TokenKind::worker).starts_with("ahw_"));
    for (TokenKind kind : {TokenKind::user, TokenKind::admin, TokenKind::worker}) {
        std::string token = new_token(kind);
        CHECK(token.size() == 40);
        CHECK(token.find_first_not_of(base62, 4) == std::string::npos);
        CHECK(inspect_token(token) == TokenForm::own);
    }
}

// The checksums come from zlib's crc32() of the first 34 characters, written in base 62: another
// implementation must be able to verify our tokens, so they are fixed for ever.
TEST_CASE("the checksum is zlib's CRC-32 in base 62, padded with zeros") {
    CHECK(inspect_token("ahk_0000000000000000000000000000003XWal5") == TokenForm::own);
    CHECK(inspect_token("aha_abcdefghijklmnopqrstuvwxyzABCD2e012e") == TokenForm::own);
    CHECK(inspect_token("ahw_9876543210zyxwvutsrqponmlkjihg3R20pR") == TokenForm::own);
    CHECK(inspect_token("ahk_pppppppppppppppppppp0000000044007H1c") == TokenForm::own);
}

TEST_CASE("no two tokens are alike") {
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) seen.insert(new_token(TokenKind::user));
    CHECK(seen.size() == 1000);
}

TEST_CASE("every replaced character is noticed, wherever it stands") {
    std::string token = new_token(TokenKind::user);
    for (std::size_t at = 4; at < token.size(); ++at) {
        for (char other : base62) {
            if (other == token[at]) continue;
            std::string typo = token;
            typo[at] = other;
            CAPTURE(at, other);
            CHECK(inspect_token(typo) == TokenForm::damaged);
        }
    }
}

TEST_CASE("two swapped neighbours are noticed, wherever they stand") {
    std::string token = new_token(TokenKind::user);
    for (std::size_t at = 4; at + 1 < token.size(); ++at) {
        if (token[at] == token[at + 1]) continue;
        std::string typo = token;
        std::swap(typo[at], typo[at + 1]);
        CAPTURE(at);
        CHECK(inspect_token(typo) == TokenForm::damaged);
    }
}

TEST_CASE("a token of one kind does not pass as another kind") {
    std::string token = new_token(TokenKind::user);
    for (std::string_view prefix : {"aha_", "ahw_"})
        CHECK(inspect_token(std::string(prefix) + token.substr(4)) == TokenForm::damaged);
}

TEST_CASE("a lost or added character is noticed") {
    std::string token = new_token(TokenKind::admin);
    CHECK(inspect_token(token.substr(0, 39)) == TokenForm::damaged);
    CHECK(inspect_token(token + "0") == TokenForm::damaged);
    CHECK(inspect_token(token + " ") == TokenForm::damaged);
    CHECK(inspect_token("ahk_") == TokenForm::damaged);
}

TEST_CASE("characters outside the alphabet are noticed") {
    std::string token = new_token(TokenKind::user);
    for (char bad : {'-', '_', ' ', '\0', '\x80', '\n'}) {
        std::string typo = token;
        typo[20] = bad;
        CHECK(inspect_token(typo) == TokenForm::damaged);
    }
}

TEST_CASE("a key that another program made is foreign") {
    CHECK(inspect_token("") == TokenForm::foreign);
    CHECK(inspect_token("sk-abcdef") == TokenForm::foreign);
    CHECK(inspect_token("ahk") == TokenForm::foreign);
    CHECK(inspect_token("AHK_000000000000000000000000000000000000") == TokenForm::foreign);
    CHECK(inspect_token("ahx_000000000000000000000000000000000000") == TokenForm::foreign);
}

TEST_CASE("a hint shows the prefix and the last four characters, and no more") {
    std::string token = new_token(TokenKind::user);
    CHECK(token_hint(token) == "ahk_…" + token.substr(36));
    CHECK(token_hint("sk-1234567890") == "sk-…7890");
    CHECK(token_hint("123456789012") == "123…9012");
}

TEST_CASE("a hint of a short key shows nothing of it") {
    CHECK(token_hint("12345678901") == "…");
    CHECK(token_hint("ahk_secret") == "…");
    CHECK(token_hint("") == "…");
}

}  // namespace
}  // namespace aihub::crypto
