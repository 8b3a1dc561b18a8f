#include "tools/aihub-serve/accounts/windows.hpp"

#include <catch2/catch.hpp>

namespace aihub::serve {
namespace {

TEST_CASE("a request counts for sixty seconds, not longer and not shorter") {
    RequestWindow window;
    window.take(1000);
    window.take(1500);
    CHECK(window.count(1500) == 2);
    CHECK(window.count(60'999) == 2);
    CHECK(window.count(61'000) == 1);
    CHECK(window.count(61'500) == 0);
}

TEST_CASE("the wait is until the oldest that is in the way has left") {
    RequestWindow window;
    for (std::int64_t at : {1000, 2000, 3000}) window.take(at);
    CHECK(window.wait_for(4, 3000) == 0);
    CHECK(window.wait_for(3, 3000) == 58'000);
    CHECK(window.wait_for(2, 3000) == 59'000);  // a limit that was lowered: two must leave
    CHECK(window.wait_for(0, 3000) == window_ms);
    CHECK(window.until_empty(3000) == 60'000);
}

TEST_CASE("what is given back was never taken") {
    RequestWindow window;
    window.take(1000);
    window.take(2000);
    window.give_back(1000);
    CHECK(window.count(2000) == 1);
    window.give_back(1500);  // nobody took that
    CHECK(window.count(2000) == 1);
    CHECK(window.count(61'999) == 1);
}

TEST_CASE("tokens leave the window as they came into it, to a tenth of a second") {
    TokenWindow window;
    window.take(1000, 10);
    window.take(1050, 5);
    window.take(2000, 20);
    window.take(2000, 0);
    CHECK(window.count(2000) == 35);
    CHECK(window.wait_for(36, 2000) == 0);
    CHECK(window.wait_for(35, 2000) == 59'000);
    CHECK(window.wait_for(20, 2000) == 60'000);
    CHECK(window.count(61'000) == 20);
    CHECK(window.count(62'000) == 0);
    CHECK(window.until_empty(62'000) == 0);
}

}  // namespace
}  // namespace aihub::serve
