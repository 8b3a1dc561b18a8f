#include "shared/config/builtin_tiers.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/shared/config/fixture.hpp"

namespace aihub::config {
namespace {

using Limit = std::optional<std::int64_t>;

std::vector<TierConfig> tiers_with(const std::string& file_text) {
    Fixture fixture;
    fixture.given_file("aihub.json", file_text);
    return described_tiers(fixture.loaded());
}

TierConfig tier_of(const std::string& file_text, const std::string& name) {
    for (const TierConfig& tier : tiers_with(file_text))
        if (tier.name == name) return tier;
    throw std::runtime_error("no tier " + name);
}

TEST_CASE("there are four tiers without a word in the file, and only payg pays") {
    std::vector<TierConfig> tiers = tiers_with("{}");
    std::vector<std::string> names;
    for (const TierConfig& tier : tiers) {
        names.push_back(tier.name);
        CHECK(tier.prepaid == (tier.name == "payg"));
        CHECK(tier.unlimited == (tier.name == "admin"));
    }
    CHECK(names == std::vector<std::string>{"payg", "sub", "open", "admin"});
    CHECK(tiers[0].requests_per_minute == Limit(5));
    CHECK(tiers[1].requests_per_minute == Limit(10));
    CHECK_FALSE(tiers[2].requests_per_minute.has_value());
}

TEST_CASE("the rates of payg and sub are settings, which the file's tiers overrule") {
    const char* rates = R"({"rate_limits": {"payg": 7, "sub": 8}})";
    CHECK(tier_of(rates, "payg").requests_per_minute == Limit(7));
    CHECK(tier_of(rates, "sub").requests_per_minute == Limit(8));
    const char* both = R"({"rate_limits": {"payg": 7}, "tiers": {"payg": {"requests_per_minute": 9}}})";
    CHECK(tier_of(both, "payg").requests_per_minute == Limit(9));
}

TEST_CASE("what the file does not say of a tier stays as it is") {
    TierConfig payg = tier_of(R"({"tiers": {"payg": {"weight": 3, "tokens_per_minute": 100}}})", "payg");
    CHECK(payg.requests_per_minute == Limit(5));
    CHECK(payg.prepaid == true);
    CHECK(payg.weight == 3);
    CHECK(payg.tokens_per_minute == Limit(100));
    CHECK(tier_of(R"({"tiers": {"payg": {"prepaid": false}}})", "payg").prepaid == false);
}

TEST_CASE("a tier that the file describes has limits again, unless the file says that it has none") {
    TierConfig open = tier_of(R"({"tiers": {"open": {"requests_per_minute": 30}}})", "open");
    CHECK_FALSE(open.unlimited);
    CHECK(open.requests_per_minute == Limit(30));
    TierConfig free = tier_of(R"({"tiers": {"payg": {"unlimited": true, "max_concurrent": 2}}})", "payg");
    CHECK(free.unlimited);
    CHECK_FALSE(free.requests_per_minute.has_value());
    CHECK_FALSE(free.max_concurrent.has_value());
}

TEST_CASE("tiers of the file come after the others, each once") {
    std::vector<TierConfig> tiers =
        tiers_with(R"({"tiers": {"team": {"requests_per_minute": 60}, "sub": {}, "guests": {}}})");
    REQUIRE(tiers.size() == 6);
    CHECK(tiers[4].name == "team");
    CHECK(tiers[5].name == "guests");
    CHECK(tiers[4].prepaid == false);
    CHECK_FALSE(tiers[5].requests_per_minute.has_value());
}

}  // namespace
}  // namespace aihub::config
