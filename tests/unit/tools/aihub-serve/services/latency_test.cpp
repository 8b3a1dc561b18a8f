#include "tools/aihub-serve/services/latency.hpp"

#include <catch2/catch.hpp>

namespace aihub::serve {
namespace {

constexpr std::int64_t start = 1'600'000;

TEST_CASE("a server counts as unknown until it has answered three times") {
    Latency latency;
    CHECK(latency.average(start) == 0);
    for (int i = 0; i < 2; ++i) latency.note(100, start);
    CHECK(latency.average(start) == 0);
    latency.note(400, start);
    CHECK(latency.average(start) == Approx(200));
}

TEST_CASE("half of what was is forgotten in ten seconds") {
    Latency latency;
    for (int i = 0; i < 3; ++i) latency.note(100, start);
    latency.note(300, start + 10'000);
    CHECK(latency.average(start + 10'000) == Approx(200).epsilon(0.01));
    latency.note(0, start + 30'000);
    CHECK(latency.average(start + 30'000) == Approx(50).epsilon(0.01));
}

TEST_CASE("many answers in a short time weigh no more than a few") {
    Latency often;
    Latency seldom;
    for (int i = 0; i < 3; ++i) {
        often.note(100, start);
        seldom.note(100, start);
    }
    for (int ms = 16; ms <= 10'000; ms += 16) often.note(300, start + ms);
    for (int ms = 2'000; ms <= 10'000; ms += 2'000) seldom.note(300, start + ms);
    CHECK(often.average(start + 10'000) == Approx(seldom.average(start + 10'000)).epsilon(0.02));
}

TEST_CASE("an average that nobody renews fades, so that the server is tried again") {
    Latency latency;
    for (int i = 0; i < 3; ++i) latency.note(800, start);
    CHECK(latency.average(start + 10'000) == Approx(400).epsilon(0.01));
    CHECK(latency.average(start + 70'000) == Approx(100).epsilon(0.01));
}

}  // namespace
}  // namespace aihub::serve
