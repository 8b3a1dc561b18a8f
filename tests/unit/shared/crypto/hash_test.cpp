#include "shared/crypto/hash.hpp"

#include <catch2/catch.hpp>

#include <cctype>
#include <set>
#include <string>

namespace aihub::crypto {
namespace {

std::string sha256_hex(std::string_view text) {
    return to_hex(sha256(text));
}

TEST_CASE("SHA-256 gives the digests of FIPS 180-2's examples") {
    CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(sha256_hex(std::string(1'000'000, 'a')) ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256 of nothing is the digest of the empty message") {
    CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("a digest survives the way to hexadecimal and back") {
    Digest digest = sha256("round trip");
    CHECK(from_hex(to_hex(digest)) == digest);
}

TEST_CASE("upper-case hexadecimal is read as well") {
    Digest digest = sha256("abc");
    std::string text = to_hex(digest);
    for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    CHECK(from_hex(text) == digest);
}

TEST_CASE("only 64 hexadecimal digits are a digest") {
    std::string good = sha256_hex("abc");
    CHECK_FALSE(from_hex(""));
    CHECK_FALSE(from_hex(good.substr(1)));
    CHECK_FALSE(from_hex(good + "00"));
    CHECK_FALSE(from_hex("g" + good.substr(1)));
    CHECK_FALSE(from_hex(good.substr(0, 62) + "  "));
}

TEST_CASE("random text has the length and the alphabet that were asked for") {
    initialise();
    CHECK(random_base62(0).empty());
    std::string base62 = random_base62(20'000);
    CHECK(base62.size() == 20'000);
    CHECK(std::set<char>(base62.begin(), base62.end()).size() == 62);
    CHECK(base62.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") ==
          std::string::npos);
    std::string hex = random_hex(5'000);
    CHECK(std::set<char>(hex.begin(), hex.end()).size() == 16);
    CHECK(hex.find_first_not_of("0123456789abcdef") == std::string::npos);
}

TEST_CASE("two random texts differ") {
    initialise();
    CHECK(random_base62(30) != random_base62(30));
    CHECK(random_hex(32) != random_hex(32));
}

TEST_CASE("texts are equal only byte for byte and of one length") {
    CHECK(equal("", ""));
    CHECK(equal("secret", "secret"));
    CHECK_FALSE(equal("secret", "secreT"));
    CHECK_FALSE(equal("secret", "secret "));
    CHECK_FALSE(equal("secret", ""));
    CHECK(equal(std::string_view("a\0b", 3), std::string_view("a\0b", 3)));
    CHECK_FALSE(equal(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

}  // namespace
}  // namespace aihub::crypto
