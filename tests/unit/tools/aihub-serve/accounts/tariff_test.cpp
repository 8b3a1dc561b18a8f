#include "tools/aihub-serve/accounts/tariff.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "tests/unit/tools/aihub-serve/accounts/tariffs.hpp"

namespace aihub::serve {
namespace {

TEST_CASE("without a word in the file, tiers and prices are those of the older gateway") {
    Tariff tariff = tariff_of("{}");
    CHECK(tariff.tier("payg").allowance.requests_per_minute == 5);
    CHECK(tariff.tier("payg").prepaid);
    CHECK(tariff.tier("sub").allowance.requests_per_minute == 10);
    CHECK_FALSE(tariff.tier("sub").prepaid);
    CHECK(tariff.tier("admin").unlimited);
    CHECK_FALSE(tariff.tier("open").allowance.any());
    CHECK_FALSE(tariff.tier("open").unlimited);
    CHECK_FALSE(tariff.tier("open").prepaid);
    CHECK(tariff.tier("never heard of").allowance.requests_per_minute == 5);
    Prices prices = tariff.prices(tariff.tier("payg"), "any");
    CHECK(prices.input_per_1k == 100'000);
    CHECK(prices.output_per_1k == 200'000);
    CHECK(prices.audio_per_minute == 0);
}

TEST_CASE("a model's price comes before its tier's, and that before the usual one") {
    Tariff tariff = tariff_of(R"({
        "pricing": {"input_per_1k": 1, "output_per_1k": 2},
        "tiers": {"team": {"input_per_1k": 3, "audio_per_minute": 4}},
        "models": {"big:latest": {"input_per_1k": 5}}})");
    Prices prices = tariff.prices(tariff.tier("team"), "big");
    CHECK(prices.input_per_1k == 5'000'000'000);
    CHECK(prices.output_per_1k == 2'000'000'000);
    CHECK(prices.audio_per_minute == 4'000'000'000);
    CHECK(tariff.prices(tariff.tier("team"), "small").input_per_1k == 3'000'000'000);
    CHECK(tariff.prices(tariff.tier("sub"), "small").input_per_1k == 1'000'000'000);
}

TEST_CASE("what a tier does not say of the built-in ones stays as it was") {
    Tariff tariff = tariff_of(R"({"rate_limits": {"payg": 50},
        "tiers": {"payg": {"tokens_per_minute": 9}, "sub": {"unlimited": true}, "team": {"weight": 4}}})");
    CHECK(tariff.tier("payg").allowance.requests_per_minute == 50);
    CHECK(tariff.tier("payg").allowance.tokens_per_minute == 9);
    CHECK(tariff.tier("payg").prepaid);
    CHECK_FALSE(tariff.tier("sub").allowance.any());
    CHECK_FALSE(tariff.tier("team").allowance.any());
    CHECK(tariff.tier("team").weight == 4);
}

TEST_CASE("a cost is rounded once, to the nearest micro-unit") {
    Prices prices{100'000, 200'000, 6'000'000'000, 15'000'000};
    CHECK(cost_of({212, 52, 0, 0}, prices) == 32);  // 21.2 + 10.4
    CHECK(cost_of({4, 0, 0, 0}, prices) == 0);
    CHECK(cost_of({5, 0, 0, 0}, prices) == 1);
    CHECK(cost_of({0, 0, 60'000, 0}, prices) == 6'000'000);
    CHECK(cost_of({0, 0, 1, 0}, prices) == 100);
    CHECK(cost_of({0, 0, 0, 1000}, prices) == 15'000);
    CHECK(cost_of({4, 2, 0, 0}, prices) == 1);  // 0.4 + 0.4: what was not rounded adds up
    CHECK(cost_of({}, prices) == 0);
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    CHECK(cost_of({1'000'000'000'000, 0, 0, 0}, {most, 0, 0, 0}) == most);
}

}  // namespace
}  // namespace aihub::serve
