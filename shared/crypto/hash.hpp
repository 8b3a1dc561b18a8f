// SHA-256, random text and comparison in constant time, by libsodium. Any thread after initialise().
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aihub::crypto {

using Digest = std::array<std::uint8_t, 32>;

// Must run once before anything else here; more than once is fine. Aborts when libsodium cannot start.
void initialise();

Digest sha256(std::string_view text);

std::string to_hex(const Digest& digest);               // 64 lower-case digits
std::optional<Digest> from_hex(std::string_view text);  // nothing unless 64 hex digits

// From the operating system's generator, without modulo bias.
std::string random_base62(std::size_t length);
std::string random_hex(std::size_t length);

// Equal, in a time that does not depend on where they differ.
bool equal(std::string_view a, std::string_view b);

}  // namespace aihub::crypto
