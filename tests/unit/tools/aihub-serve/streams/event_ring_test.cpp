#include "tools/aihub-serve/streams/event_ring.hpp"

#include <catch2/catch.hpp>

using namespace aihub::serve;

namespace {

std::string take_all(EventRing& ring) {
    std::string text;
    ring.take(text, 1'000'000);
    return text;
}

// An event of a little more than `size` bytes that begins with its number.
void add(EventRing& ring, std::uint64_t number, std::size_t size = 0) {
    ring.add(std::to_string(number) + "," + std::string(size, ' '), number);
}

}  // namespace

TEST_CASE("events are taken once, in order, in portions") {
    EventRing ring(10'000);
    for (std::uint64_t number : {1U, 2U, 3U}) add(ring, number);
    std::string text;
    ring.take(text, 1);
    CHECK(text == "1,");
    CHECK(ring.has_waiting());
    CHECK(take_all(ring) == "2,3,");
    CHECK_FALSE(ring.has_waiting());
    CHECK(take_all(ring).empty());
}

TEST_CASE("a ring that is sought gives the events after a number again, and only those") {
    EventRing ring(10'000);
    for (std::uint64_t number : {1U, 2U, 3U, 4U}) add(ring, number);
    CHECK(take_all(ring) == "1,2,3,4,");
    CHECK(ring.seek(2));
    CHECK(take_all(ring) == "3,4,");
    CHECK(ring.seek(0));
    CHECK(take_all(ring) == "1,2,3,4,");
    CHECK(ring.seek(4));
    CHECK(take_all(ring).empty());
    CHECK_FALSE(ring.seek(5));
    add(ring, 5);
    CHECK(ring.seek(1));
    CHECK(ring.seek(4));
    CHECK(take_all(ring) == "5,");
}

TEST_CASE("comments travel with the events around them") {
    EventRing ring(10'000);
    ring.add(":a,", 0);
    add(ring, 1);
    ring.add(":b,", 0);
    add(ring, 2);
    CHECK(ring.last() == 2);
    CHECK(ring.oldest() == 1);
    CHECK(take_all(ring) == ":a,1,:b,2,");
    CHECK(ring.seek(1));
    CHECK(take_all(ring) == ":b,2,");
}

TEST_CASE("what waits fills half of a ring, what was taken is forgotten when the rest is needed") {
    EventRing ring(20'000);
    std::uint64_t number = 0;
    while (ring.has_room()) add(ring, ++number, 1000);
    CHECK(ring.bytes() >= 10'000);
    CHECK(ring.bytes() < 12'000);
    (void)take_all(ring);
    CHECK(ring.has_room());
    std::uint64_t taken = number;
    while (ring.has_room()) add(ring, ++number, 1000);
    CHECK(ring.bytes() <= 20'000);
    CHECK(ring.oldest() > 1);
    CHECK(ring.oldest() < taken);  // of the taken ones the younger are still there
    CHECK_FALSE(ring.seek(ring.oldest() - 2));
    CHECK(ring.seek(ring.oldest() - 1));
    CHECK(ring.has_waiting());
}

TEST_CASE("events that wait are never forgotten") {
    EventRing ring(5'000);
    for (std::uint64_t number = 1; number <= 20; ++number) add(ring, number, 1000);
    CHECK(ring.oldest() == 1);
    CHECK_FALSE(ring.has_room());
    CHECK(take_all(ring).starts_with("1,"));
}

TEST_CASE("a ring without any size still takes one event at a time") {
    EventRing ring(0);
    CHECK(ring.has_room());
    add(ring, 1);
    CHECK_FALSE(ring.has_room());
    CHECK(take_all(ring) == "1,");
    CHECK(ring.has_room());
}

TEST_CASE("before its first event a ring can be sought at its beginning") {
    EventRing ring(1000);
    CHECK(ring.oldest() == 1);
    CHECK(ring.seek(0));
    CHECK_FALSE(ring.seek(1));
}
