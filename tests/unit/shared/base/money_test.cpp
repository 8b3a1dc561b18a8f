#include "shared/base/money.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <random>

using namespace aihub;

namespace {

std::int64_t parsed(std::string_view text) {
    Result<std::int64_t> micro = parse_money(text);
    INFO(text);
    REQUIRE(micro);
    return *micro;
}

constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

}  // namespace

TEST_CASE("money is read exactly") {
    CHECK(parsed("0") == 0);
    CHECK(parsed("12.50") == 12'500'000);
    CHECK(parsed("12") == 12'000'000);
    CHECK(parsed("0.1") == 100'000);
    CHECK(parsed("0.000001") == 1);
    CHECK(parsed(".5") == 500'000);
    CHECK(parsed("7.") == 7'000'000);
    CHECK(parsed("+3.25") == 3'250'000);
    CHECK(parsed("-0.000001") == -1);
    CHECK(parsed("-12.34") == -12'340'000);
    CHECK(parsed("0000000000000000000000012") == 12'000'000);
}

TEST_CASE("money reaches to the ends of 64 bits and not beyond") {
    CHECK(parsed("9223372036854.775807") == most);
    CHECK(parsed("-9223372036854.775808") == least);
    for (const char* text : {"9223372036854.775808", "-9223372036854.775809", "18446744073709.551616",
                             "99999999999999999999999999"}) {
        Result<std::int64_t> micro = parse_money(text);
        INFO(text);
        REQUIRE(!micro);
        CHECK(micro.error().code == ErrorCode::invalid_input);
        CHECK(micro.error().message.find("too large") != std::string::npos);
    }
}

TEST_CASE("what is no money is refused, and the message names it") {
    for (const char* text : {"", ".", "-", "+", "-.", "1,50", "1.2.3", "1e3", " 1", "1 ", "0x1", "--1", "+-1",
                             "1-", "nan", "inf", "12.50€", "\xD9\xA1"}) {
        Result<std::int64_t> micro = parse_money(text);
        INFO(text);
        REQUIRE(!micro);
        CHECK(micro.error().code == ErrorCode::invalid_input);
        CHECK(micro.error().message.find(text) != std::string::npos);
    }
}

TEST_CASE("more than six places are refused, not rounded") {
    Result<std::int64_t> micro = parse_money("0.0000001");
    REQUIRE(!micro);
    CHECK(micro.error().message.find("6 places") != std::string::npos);
    CHECK(!parse_money("1.0000000"));
}

TEST_CASE("money is written with two places, or as many as it takes") {
    CHECK(format_money(0) == "0.00");
    CHECK(format_money(12'500'000) == "12.50");
    CHECK(format_money(1) == "0.000001");
    CHECK(format_money(-1) == "-0.000001");
    CHECK(format_money(100'100) == "0.1001");
    CHECK(format_money(-12'340'000) == "-12.34");
    CHECK(format_money(most) == "9223372036854.775807");
    CHECK(format_money(least) == "-9223372036854.775808");
}

TEST_CASE("what was written is read back as it was") {
    std::mt19937_64 random(7);
    for (int round = 0; round < 10000; ++round) {
        auto micro = static_cast<std::int64_t>(random() >> (random() % 64));
        if (random() % 2 == 0) micro = -(micro / 2);
        CHECK(parsed(format_money(micro)) == micro);
    }
}
