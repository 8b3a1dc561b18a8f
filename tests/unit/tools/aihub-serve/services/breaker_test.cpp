#include "tools/aihub-serve/services/breaker.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "tools/aihub-serve/services/upstream_state.hpp"

namespace aihub::serve {
namespace {

using State = Breaker::State;
using Failure = Breaker::Failure;

constexpr std::int64_t start = 1'000'000;

TEST_CASE("a connection that fails and a server that is silent open the breaker at once") {
    for (Failure failure : {Failure::connection, Failure::timeout}) {
        Breaker breaker;
        REQUIRE(breaker.is_closed());
        CHECK(breaker.failed(failure, start));
        CHECK(breaker.state() == State::open);
        CHECK(breaker.openings() == 1);
        CHECK_FALSE(breaker.failed(failure, start + 1));
        CHECK(breaker.openings() == 1);
    }
}

// Failing statuses at these seconds; whether they open it.
bool statuses_open(const std::vector<int>& seconds) {
    Breaker breaker;
    for (int second : seconds) breaker.failed(Failure::status, start + second * 1000);
    return !breaker.is_closed();
}

TEST_CASE("failing statuses open the breaker when three came within ten seconds") {
    CHECK_FALSE(statuses_open({0, 0}));
    CHECK(statuses_open({0, 0, 0}));
    CHECK(statuses_open({0, 4, 10}));
    CHECK_FALSE(statuses_open({0, 4, 11}));
    CHECK(statuses_open({0, 9, 11, 12}));
    CHECK_FALSE(statuses_open({0, 11, 22, 33, 44}));
    CHECK_FALSE(statuses_open({0, 6, 12, 18, 24}));
}

TEST_CASE("a success between failing statuses makes them count anew") {
    Breaker breaker;
    for (int i = 0; i < 2; ++i) breaker.failed(Failure::status, start);
    breaker.succeeded();
    for (int i = 0; i < 2; ++i) breaker.failed(Failure::status, start);
    CHECK(breaker.is_closed());
    CHECK(breaker.failed(Failure::status, start));
}

TEST_CASE("a probe that is answered makes an open breaker half open, and no other") {
    Breaker breaker;
    CHECK_FALSE(breaker.answered());
    CHECK(breaker.is_closed());
    breaker.failed(Failure::connection, start);
    CHECK(breaker.answered());
    CHECK(breaker.state() == State::half_open);
    CHECK_FALSE(breaker.answered());
}

TEST_CASE("half open, one request gets the trial, and its outcome decides") {
    for (bool good : {true, false}) {
        Breaker breaker;
        breaker.failed(Failure::connection, start);
        CHECK_FALSE(breaker.claim_trial(start));
        breaker.answered();
        CHECK(breaker.claim_trial(start));
        CHECK_FALSE(breaker.claim_trial(start));
        if (good)
            breaker.succeeded();
        else
            CHECK(breaker.failed(Failure::status, start));
        CHECK(breaker.state() == (good ? State::closed : State::open));
        CHECK(breaker.openings() == (good ? 1 : 2));
        CHECK_FALSE(breaker.claim_trial(start));
    }
}

TEST_CASE("a trial that is given back goes to the next request; one that is over cannot be given back") {
    Breaker breaker;
    breaker.failed(Failure::timeout, start);
    breaker.answered();
    REQUIRE(breaker.claim_trial(start));
    breaker.give_back_trial();
    CHECK(breaker.state() == State::half_open);
    REQUIRE(breaker.claim_trial(start));
    breaker.succeeded();
    breaker.give_back_trial();
    CHECK(breaker.is_closed());
}

TEST_CASE("a server that nobody probes is tried after a pause of two seconds") {
    Breaker breaker;
    breaker.failed(Failure::connection, start);
    CHECK_FALSE(breaker.claim_trial(start + 1999));
    CHECK(breaker.claim_trial(start + 2000));
    CHECK_FALSE(breaker.claim_trial(start + 2000));
}

TEST_CASE("a server that is probed waits for the probe, however long that takes") {
    Breaker breaker;
    breaker.set_probed(true);
    breaker.failed(Failure::connection, start);
    CHECK_FALSE(breaker.claim_trial(start + 3'600'000));
}

// Runs `act` on four threads at the same moment.
template <typename Act>
void at_once(Act act) {
    std::atomic<int> ready{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            ++ready;
            while (ready < 4) {
            }
            act();
        });
    for (std::thread& thread : threads) thread.join();
}

TEST_CASE("of many threads exactly one gets the trial") {
    for (int round = 0; round < 100; ++round) {
        Breaker breaker;
        breaker.failed(Failure::connection, start);
        breaker.answered();
        std::atomic<int> claimed{0};
        at_once([&] { claimed += breaker.claim_trial(start) ? 1 : 0; });
        REQUIRE(claimed == 1);
    }
}

TEST_CASE("of failures on many threads exactly one opens the breaker") {
    for (int round = 0; round < 100; ++round) {
        Breaker breaker;
        std::atomic<int> opened{0};
        at_once([&] { opened += breaker.failed(Failure::status, start) ? 1 : 0; });
        REQUIRE(opened == 1);
        REQUIRE(breaker.openings() == 1);
    }
}

TEST_CASE("never are more requests under way at a server than it may have, across threads") {
    UpstreamState state;
    state.limit = 3;
    std::atomic<int> inside{0};
    std::atomic<int> most{0};
    std::atomic<int> entered{0};
    at_once([&] {
        for (int i = 0; i < 20'000; ++i) {
            if (!state.try_enter()) continue;
            ++entered;
            int now = ++inside;
            int before = most;
            while (before < now && !most.compare_exchange_weak(before, now)) {
            }
            --inside;
            state.leave();
        }
    });
    CHECK(most <= 3);
    CHECK(entered > 0);
    CHECK(state.outstanding == 0);
}

TEST_CASE("a limit of none is no limit, and what is full takes another one after somebody left") {
    UpstreamState state;
    for (int i = 0; i < 1000; ++i) REQUIRE(state.try_enter());
    CHECK(state.outstanding == 1000);
    state.limit = 1000;
    CHECK_FALSE(state.try_enter());
    state.leave();
    CHECK(state.try_enter());
}

}  // namespace
}  // namespace aihub::serve
