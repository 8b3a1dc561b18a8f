#include "shared/crypto/crc32.hpp"

#include <catch2/catch.hpp>

namespace aihub::crypto {
namespace {

TEST_CASE("CRC-32 gives the check value of its polynomial") {
    CHECK(crc32("123456789") == 0xCBF43926U);
    CHECK(crc32("") == 0U);
    CHECK(crc32("a") == 0xE8B7BE43U);
    CHECK(crc32("The quick brown fox jumps over the lazy dog") == 0x414FA339U);
}

TEST_CASE("CRC-32 reads bytes above 127 as unsigned") {
    CHECK(crc32(std::string_view("\xff\xff\xff\xff", 4)) == 0xFFFFFFFFU);
}

}  // namespace
}  // namespace aihub::crypto
