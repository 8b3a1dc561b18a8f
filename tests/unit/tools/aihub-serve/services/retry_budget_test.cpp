#include "tools/aihub-serve/services/retry_budget.hpp"

#include <catch2/catch.hpp>

namespace aihub::serve {
namespace {

constexpr std::int64_t start = 5'000'000;

// How many of so many retries are granted, and made, at a moment.
int granted(RetryBudget& budget, int wanted, std::int64_t now, unsigned percent = 20) {
    int count = 0;
    for (int i = 0; i < wanted && budget.may_retry(percent, now); ++i, ++count) budget.note_retry(now);
    return count;
}

void note(RetryBudget& budget, int requests, std::int64_t now) {
    for (int i = 0; i < requests; ++i) budget.note_request(now);
}

TEST_CASE("ten retries a second are free") {
    RetryBudget budget;
    CHECK(granted(budget, 50, start) == 10);
    CHECK(granted(budget, 50, start + 999) == 0);
    CHECK(granted(budget, 50, start + 1000) == 10);
}

TEST_CASE("a retry that could be made and is not takes nothing") {
    RetryBudget budget;
    for (int i = 0; i < 50; ++i) CHECK(budget.may_retry(20, start));
    CHECK(granted(budget, 50, start) == 10);
}

TEST_CASE("above that, so many percent of the requests of the last ten seconds") {
    RetryBudget budget;
    for (int second = 0; second < 10; ++second) note(budget, 100, start + second * 1000);
    CHECK(granted(budget, 500, start + 9000) == 200);
    CHECK(granted(budget, 500, start + 9000) == 0);
}

TEST_CASE("what is older than ten seconds is forgotten") {
    RetryBudget budget;
    note(budget, 1000, start);
    CHECK(granted(budget, 500, start + 10'000) == 10);
    RetryBudget young;
    note(young, 1000, start);
    CHECK(granted(young, 500, start + 9000) == 200);
}

TEST_CASE("a budget of nothing leaves the free ones") {
    RetryBudget budget;
    note(budget, 1000, start);
    CHECK(granted(budget, 500, start, 0) == 10);
}

TEST_CASE("a pause of hours leaves nothing behind") {
    RetryBudget budget;
    note(budget, 1000, start);
    CHECK(granted(budget, 500, start + 36'000'000) == 10);
}

}  // namespace
}  // namespace aihub::serve
