#include "tools/aihub-serve/accounts/ledger.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "tests/unit/tools/aihub-serve/accounts/tariffs.hpp"

namespace aihub::serve {
namespace {

db::Account account_of(std::int64_t user, std::int64_t key, const std::string& tier) {
    db::Account account;
    account.user_id = user;
    account.key_row = key;
    account.user = "user " + std::to_string(user);
    account.tier = tier;
    return account;
}

db::Standing standing(std::int64_t user, std::int64_t balance) {
    db::Standing now;
    now.users.push_back({user, balance});
    return now;
}

TEST_CASE("of any number of concurrent requests, exactly as many pass as the limit says") {
    Tariff tariff = tariff_of(R"({"tiers": {"team": {"requests_per_minute": 100}}})");
    Ledger ledger;
    Terms terms = ledger.terms_of(account_of(1, 1, "team"), tariff);
    std::atomic<int> passed = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] {
            for (int j = 0; j < 64; ++j) {
                Claim claim;
                if (!terms.state->admit(terms, 1000 + j, claim).shortage) ++passed;
            }
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(passed == 100);
}

TEST_CASE("a request that no server answered is as if it had not been made") {
    Tariff tariff = tariff_of(R"({"tiers": {"team": {"requests_per_minute": 1, "max_concurrent": 1}}})");
    Ledger ledger;
    Terms terms = ledger.terms_of(account_of(1, 1, "team"), tariff);
    Claim claim;
    CHECK_FALSE(terms.state->admit(terms, 1000, claim).shortage);
    terms.state->finish(claim, false, 0, 1001);
    CHECK_FALSE(terms.state->admit(terms, 1002, claim).shortage);
    terms.state->finish(claim, true, 0, 1003);
    Claim none;
    Verdict verdict = terms.state->admit(terms, 1004, none);
    REQUIRE(verdict.shortage);
    CHECK(verdict.shortage->of == Shortage::Of::requests);
    CHECK(verdict.shortage->wait_ms == 59'998);
    CHECK(none.state == nullptr);
}

TEST_CASE("a place is free again when its request is over") {
    Tariff tariff = tariff_of(R"({"tiers": {"team": {"max_concurrent": 1}}})");
    Ledger ledger;
    Terms terms = ledger.terms_of(account_of(1, 1, "team"), tariff);
    Claim first;
    Claim second;
    CHECK_FALSE(terms.state->admit(terms, 1000, first).shortage);
    CHECK(terms.state->admit(terms, 1000, second).shortage->of == Shortage::Of::concurrency);
    terms.state->finish(first, true, 0, 1001);
    CHECK_FALSE(terms.state->admit(terms, 1001, second).shortage);
}

TEST_CASE("tokens of a minute that are used up refuse the next request until they have left") {
    Tariff tariff = tariff_of(R"({"tiers": {"team": {"tokens_per_minute": 50}}})");
    Ledger ledger;
    Terms terms = ledger.terms_of(account_of(1, 1, "team"), tariff);
    Claim claim;
    Verdict verdict = terms.state->admit(terms, 1000, claim);
    CHECK(verdict.tokens.remaining == 50);
    terms.state->finish(claim, true, 70, 2000);
    verdict = terms.state->admit(terms, 3000, claim);
    REQUIRE(verdict.shortage);
    CHECK(verdict.shortage->of == Shortage::Of::tokens);
    CHECK(verdict.shortage->wait_ms == 59'000);
    CHECK(verdict.tokens.remaining == 0);
    CHECK_FALSE(terms.state->admit(terms, 62'000, claim).shortage);
}

TEST_CASE("a key's own limit is a second window beside its user's") {
    Tariff tariff = tariff_of(R"({"tiers": {"team": {"requests_per_minute": 10}}})");
    Ledger ledger;
    db::Account narrow = account_of(1, 1, "team");
    narrow.key_limits.requests_per_minute = 1;
    Terms of_narrow = ledger.terms_of(narrow, tariff);
    Terms of_other = ledger.terms_of(account_of(1, 2, "team"), tariff);
    Claim claim;
    CHECK(of_narrow.state->admit(of_narrow, 1000, claim).requests.remaining == 0);
    Verdict verdict = of_narrow.state->admit(of_narrow, 1001, claim);
    REQUIRE(verdict.shortage);
    CHECK(verdict.shortage->whose == Shortage::Whose::key);
    CHECK(of_other.state->admit(of_other, 1002, claim).requests.remaining == 8);
}

TEST_CASE("a user's own limit stands in the place of the tier's, and none counts in a tier without limits") {
    Tariff tariff = tariff_of("{}");
    Ledger ledger;
    db::Account account = account_of(1, 1, "payg");
    account.user_limits.requests_per_minute = 7;
    CHECK(ledger.terms_of(account, tariff).user.requests_per_minute == 7);
    account.tier = "open";
    CHECK(ledger.terms_of(account, tariff).user.requests_per_minute == 7);
    account.tier = "admin";
    Terms terms = ledger.terms_of(account, tariff);
    CHECK_FALSE(terms.user.any());
    CHECK(terms.are_free());
}

TEST_CASE("who pays in advance needs a balance; what is owed counts before it is in the database, and once") {
    Tariff tariff = tariff_of(R"({"rate_limits": {"payg": 1000}})");
    Ledger ledger;
    db::Account account = account_of(1, 1, "payg");
    Terms terms = ledger.terms_of(account, tariff);
    Claim claim;
    CHECK(terms.state->admit(terms, 1000, claim).shortage->of == Shortage::Of::balance);
    ledger.set_standing(standing(1, 100));
    CHECK_FALSE(terms.state->admit(terms, 1001, claim).shortage);
    terms.state->owe(terms.key_state, 60, true);
    CHECK(terms.state->balance_micro() == 40);
    ledger.set_standing(standing(1, 100));  // the row is not written yet
    CHECK(terms.state->balance_micro() == 40);
    ledger.settle(1, 1, 60, true);
    CHECK(terms.state->balance_micro() == 40);
    ledger.set_standing(standing(1, 40));
    CHECK(terms.state->balance_micro() == 40);
    terms.state->owe(terms.key_state, 41, true);
    CHECK(terms.state->admit(terms, 1002, claim).shortage->of == Shortage::Of::balance);
}

TEST_CASE("a delegated key spends its own budget and that of the key it came from") {
    Tariff tariff = tariff_of("{}");
    Ledger ledger;
    db::Account parent = account_of(1, 1, "sub");
    parent.budget_micro = 100;
    db::Account child = account_of(1, 2, "sub");
    child.budget_micro = 80;
    child.parent_row = 1;
    db::Standing now;
    now.keys.push_back({1, 30, 100});
    now.keys.push_back({2, 0, 80});
    ledger.set_standing(now);
    Terms of_child = ledger.terms_of(child, tariff, {parent});
    Terms of_parent = ledger.terms_of(parent, tariff);
    Claim claim;
    CHECK_FALSE(of_child.state->admit(of_child, 1000, claim).shortage);
    of_child.state->owe(of_child.key_state, 70, false);
    Verdict verdict = of_child.state->admit(of_child, 1001, claim);
    REQUIRE(verdict.shortage);
    CHECK(verdict.shortage->of == Shortage::Of::budget);
    CHECK(verdict.shortage->limit == 100);
    CHECK(of_parent.state->admit(of_parent, 1002, claim).shortage->of == Shortage::Of::budget);
}

TEST_CASE("delegated keys share the window of the key that they came from") {
    Tariff tariff = tariff_of(R"({"tiers": {"team": {"requests_per_minute": 10}}})");
    Ledger ledger;
    db::Account parent = account_of(1, 1, "team");
    parent.key_limits.requests_per_minute = 3;
    std::vector<Terms> children;
    for (std::int64_t row : {2, 3}) {
        db::Account child = account_of(1, row, "team");
        child.parent_row = 1;
        child.key_limits.requests_per_minute = 2;
        children.push_back(ledger.terms_of(child, tariff, {parent}));
    }
    int passed = 0;
    for (int i = 0; i < 4; ++i)
        for (const Terms& terms : children) {
            Claim claim;
            if (!terms.state->admit(terms, 1000 + i, claim).shortage) ++passed;
        }
    CHECK(passed == 3);
}

TEST_CASE("the share of one model is counted beside the rest, and given back like it") {
    Tariff tariff = tariff_of(R"({"models": {"big": {"requests_per_minute": 1}}})");
    Ledger ledger;
    Terms terms = ledger.terms_of(account_of(1, 1, "sub"), tariff);
    const Allowance* allowance = tariff.allowance_of_model("big:latest");
    REQUIRE(allowance);
    Claim claim;
    CHECK_FALSE(terms.state->admit(terms, 1000, claim).shortage);
    CHECK_FALSE(terms.state->admit_model("big", *allowance, 1000, claim).shortage);
    Claim second;
    CHECK_FALSE(terms.state->admit(terms, 1001, second).shortage);
    CHECK(terms.state->admit_model("big", *allowance, 1001, second).shortage->whose ==
          Shortage::Whose::model);
    terms.state->finish(second, false, 0, 1002);
    terms.state->finish(claim, false, 0, 1003);
    CHECK_FALSE(terms.state->admit_model("big", *allowance, 1004, claim).shortage);
}

}  // namespace
}  // namespace aihub::serve
