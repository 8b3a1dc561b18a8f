#include "tools/aihub-serve/api/signup_gate.hpp"

#include <catch2/catch.hpp>

namespace aihub::serve {

TEST_CASE("an address may sign up ten times a minute, whatever others do") {
    SignupGate gate;
    for (std::int64_t i = 0; i < SignupGate::most_a_minute; ++i) CHECK(gate.admit("a", 1000 + i));
    CHECK_FALSE(gate.admit("a", 2000));
    CHECK(gate.admit("b", 2000));
    CHECK(gate.admit("a", 1000 + window_ms));
}

TEST_CASE("addresses that were idle for a minute make room for others") {
    SignupGate gate;
    for (std::size_t i = 0; i < SignupGate::most_addresses; ++i) REQUIRE(gate.admit(std::to_string(i), 1000));
    CHECK_FALSE(gate.admit("one more", 2000));
    CHECK(gate.admit("7", 2000));
    CHECK(gate.admit("one more", 1000 + window_ms));
}

}  // namespace aihub::serve
