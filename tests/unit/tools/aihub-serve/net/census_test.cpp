#include "tools/aihub-serve/net/census.hpp"

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

namespace aihub::net {
namespace {

const auto amy = boost::asio::ip::make_address("10.0.0.1");
const auto bob = boost::asio::ip::make_address("2001:db8::1");

TEST_CASE("a client address has so many connections and no more, until one ends") {
    Census census;
    CHECK(census.enter(amy, 2, 100));
    CHECK(census.enter(amy, 2, 100));
    CHECK_FALSE(census.enter(amy, 2, 100));
    CHECK(census.enter(bob, 2, 100));
    census.leave(amy);
    CHECK(census.enter(amy, 2, 100));
    CHECK_FALSE(census.enter(amy, 2, 100));
}

TEST_CASE("all clients together have so many connections and no more") {
    Census census;
    CHECK(census.enter(amy, 10, 2));
    CHECK(census.enter(bob, 10, 2));
    CHECK_FALSE(census.enter(amy, 10, 2));
    CHECK_FALSE(census.enter(boost::asio::ip::make_address("10.0.0.2"), 10, 2));
    census.leave(bob);
    CHECK(census.enter(amy, 10, 2));
}

TEST_CASE("who was turned away is not counted, and who never came cannot leave") {
    Census census;
    CHECK(census.enter(amy, 1, 1));
    for (int i = 0; i < 10; ++i) CHECK_FALSE(census.enter(bob, 1, 1));
    census.leave(bob);
    CHECK_FALSE(census.enter(bob, 1, 1));
    census.leave(amy);
    census.leave(amy);
    CHECK(census.enter(bob, 1, 1));
    CHECK_FALSE(census.enter(amy, 1, 1));
}

TEST_CASE("loops count together") {
    Census census;
    std::atomic<int> entered{0};
    std::vector<std::thread> loops;
    for (int loop = 0; loop < 4; ++loop)
        loops.emplace_back([&] {
            for (int i = 0; i < 1000; ++i) {
                if (!census.enter(amy, 3, 100)) continue;
                if (++entered > 3) std::abort();
                --entered;
                census.leave(amy);
            }
        });
    for (std::thread& loop : loops) loop.join();
    for (int i = 0; i < 3; ++i) CHECK(census.enter(amy, 3, 100));
    CHECK_FALSE(census.enter(amy, 3, 100));
}

}  // namespace
}  // namespace aihub::net
