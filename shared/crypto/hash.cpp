#include "shared/crypto/hash.hpp"

#include <sodium.h>

#include <cstdlib>

namespace aihub::crypto {
namespace {

std::string random_text(std::string_view alphabet, std::size_t length) {
    std::string text(length, '\0');
    for (char& c : text) c = alphabet[randombytes_uniform(static_cast<std::uint32_t>(alphabet.size()))];
    return text;
}

}  // namespace

void initialise() {
    if (sodium_init() < 0) std::abort();
}

Digest sha256(std::string_view text) {
    Digest digest;
    crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
    return digest;
}

std::string to_hex(const Digest& digest) {
    std::string text(digest.size() * 2 + 1, '\0');  // sodium writes a closing zero
    sodium_bin2hex(text.data(), text.size(), digest.data(), digest.size());
    text.pop_back();
    return text;
}

std::optional<Digest> from_hex(std::string_view text) {
    Digest digest;
    if (text.size() != digest.size() * 2) return std::nullopt;
    std::size_t length = 0;
    int failed =
        sodium_hex2bin(digest.data(), digest.size(), text.data(), text.size(), nullptr, &length, nullptr);
    if (failed != 0 || length != digest.size()) return std::nullopt;
    return digest;
}

std::string random_base62(std::size_t length) {
    return random_text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", length);
}

std::string random_hex(std::size_t length) {
    return random_text("0123456789abcdef", length);
}

bool equal(std::string_view a, std::string_view b) {
    return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace aihub::crypto
