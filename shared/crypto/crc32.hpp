// CRC-32 with zlib's polynomial (IEEE 802.3, reflected 0xEDB88320). Pure, any thread. Private to
// shared/crypto.
#pragma once

#include <cstdint>
#include <string_view>

namespace aihub::crypto {

std::uint32_t crc32(std::string_view text);

}  // namespace aihub::crypto
