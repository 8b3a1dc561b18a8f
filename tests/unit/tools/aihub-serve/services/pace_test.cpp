#include "tools/aihub-serve/services/pace.hpp"

#include <catch2/catch.hpp>

namespace aihub::serve {
namespace {

TEST_CASE("a queue that serves two a second is through with twenty in ten seconds") {
    Pace pace;
    pace.begin(1000);
    for (std::int64_t now = 1500; now <= 6000; now += 500) pace.step(now);
    CHECK(pace.seconds_for(20, 6000, 60) == 11);
    CHECK(pace.seconds_for(1, 6000, 60) == 1);
}

TEST_CASE("one comes again after a second at least, and when the longest wait is over at most") {
    Pace pace;
    pace.begin(0);
    pace.step(10);
    CHECK(pace.seconds_for(0, 10, 30) == 1);
    CHECK(pace.seconds_for(5, 10, 0) == 1);
    CHECK(pace.seconds_for(1'000'000, 10, 30) == 30);
}

TEST_CASE("a queue that got stuck is not taken for a fast one") {
    Pace pace;
    pace.begin(0);
    for (std::int64_t now = 1; now <= 100; ++now) pace.step(now);
    CHECK(pace.seconds_for(10, 100, 60) == 1);
    CHECK(pace.seconds_for(10, 2100, 60) == 21);
}

TEST_CASE("time in which nobody waited says nothing about the pace") {
    Pace pace;
    pace.begin(0);
    pace.step(100);
    pace.begin(3'600'000);
    CHECK(pace.seconds_for(10, 3'600'000, 60) == 2);
}

}  // namespace
}  // namespace aihub::serve
