#include "shared/base/units.hpp"

#include <catch2/catch.hpp>

namespace aihub {
namespace {

TEST_CASE("sizes are bytes, or powers of 1024 with a unit") {
    CHECK(parse_size("0") == 0U);
    CHECK(parse_size("1000") == 1000U);
    CHECK(parse_size("64KB") == 65536U);
    CHECK(parse_size("64 kib") == 65536U);
    CHECK(parse_size("1.5k") == 1536U);
    CHECK(parse_size("100MB") == 104857600U);
    CHECK(parse_size("2G") == 2147483648U);
    for (const char* text : {"", "MB", "-1", "1X", "1.2.3", "1e3", "99999999999G", "1 M B"}) {
        INFO(text);
        CHECK_FALSE(parse_size(text));
    }
}

TEST_CASE("a size is written in the largest unit that divides it") {
    for (std::uint64_t bytes : {0ULL, 1000ULL, 65536ULL, 104857600ULL, 3221225472ULL})
        CHECK(parse_size(format_size(bytes)) == bytes);
    CHECK(format_size(104857600) == "100MB");
    CHECK(format_size(1025) == "1025");
}

TEST_CASE("durations are seconds, or parts with units") {
    CHECK(parse_duration("30") == Milliseconds(30'000));
    CHECK(parse_duration("1.5") == Milliseconds(1500));
    CHECK(parse_duration("250ms") == Milliseconds(250));
    CHECK(parse_duration("1m30s") == Milliseconds(90'000));
    CHECK(parse_duration("2h") == Milliseconds(7'200'000));
    CHECK(parse_duration("1d") == Milliseconds(86'400'000));
    CHECK(parse_duration("OFF") == Milliseconds(0));
    CHECK(parse_duration("0") == Milliseconds(0));
    for (const char* text : {"", "s", "-1s", "1x", "1s x", "99999999999999d"}) {
        INFO(text);
        CHECK_FALSE(parse_duration(text));
    }
}

TEST_CASE("a duration is written so that it reads back the same") {
    for (int ms : {0, 1, 250, 1000, 90'000, 3'600'000, 86'400'000})
        CHECK(parse_duration(format_duration(Milliseconds(ms))) == Milliseconds(ms));
}

}  // namespace
}  // namespace aihub
