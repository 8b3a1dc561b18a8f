#include "shared/accesslog/numbers.hpp"

#include <catch2/catch.hpp>

using namespace aihub::accesslog;

TEST_CASE("whole numbers are digits that fit") {
    CHECK(parse_whole("0") == 0);
    CHECK(parse_whole("009") == 9);
    CHECK(parse_whole("123456789012345") == 123456789012345);
    CHECK(parse_whole("9223372036854775807") == INT64_MAX);
    for (const char* text :
         {"", "-1", "+1", "1.0", "1 ", "0x1", "9223372036854775808", "99999999999999999999"})
        CHECK_FALSE(parse_whole(text));
}

TEST_CASE("decimals count in thousandths") {
    CHECK(parse_thousandths("1.234") == 1234);
    CHECK(parse_thousandths("1.2") == 1200);
    CHECK(parse_thousandths("0.0019") == 1);
    CHECK(parse_thousandths("60") == 60000);
    for (const char* text : {"", ".5", "5.", "1.2.3", "-0.1", "1e3", "1.2x", "1234567890123456"})
        CHECK_FALSE(parse_thousandths(text));
}

TEST_CASE("the times of several servers are added up") {
    CHECK(sum_thousandths("0.010, 0.200 : 1.000") == 1210);
    CHECK(sum_thousandths("0.010,0.200") == 210);
    CHECK(sum_thousandths("-, 0.200") == 200);
    for (const char* text : {"", "-", "-, - : -", "0.1, x", "x"}) CHECK_FALSE(sum_thousandths(text));
}

TEST_CASE("many times cannot add up to nonsense") {
    std::string list = "999999999999999";
    for (int i = 0; i < 20'000; ++i) list += ", 999999999999999";
    CHECK_FALSE(sum_thousandths(list));
}

TEST_CASE("the last server of a list is the one that answered") {
    CHECK(last_of("10.0.0.1:80") == "10.0.0.1:80");
    CHECK(last_of("10.0.0.1:80, 10.0.0.2:80") == "10.0.0.2:80");
    CHECK(last_of("502, 502 : 200") == "200");
    CHECK(last_of("502 : 502, 200") == "200");
    CHECK(last_of("[::1]:80") == "[::1]:80");
    CHECK(last_of("") == "");
}
