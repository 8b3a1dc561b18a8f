#include "tools/aihub-logwatch/moment.hpp"

#include <catch2/catch.hpp>

namespace aihub::logwatch {
namespace {

constexpr std::int64_t hour = 3'600'000;
constexpr std::int64_t now = 1'769'848'200'000;  // 2026-01-31T08:30:00Z

std::int64_t moment(const std::string& text) {
    Result<std::int64_t> parsed = parse_moment("--since", text, now);
    REQUIRE(parsed);
    return *parsed;
}

TEST_CASE("a moment is a time ago, a date, or a word") {
    CHECK(moment("1h") == now - hour);
    CHECK(moment("7d") == now - 7 * 24 * hour);
    CHECK(moment("ever") == 0);
    CHECK(moment("2026-01-31") == now - 17 * hour / 2);
    CHECK(moment("2026-01-31T09:30:00+01:00") == now);
}

TEST_CASE("now is the end of this hour") {
    CHECK(moment("now") == now + hour / 2);
}

TEST_CASE("what is no moment is refused with the name of its flag") {
    for (const char* text : {"", "soon", "2026-13-01", "-1h", "2026-01-32T00:00:00Z"}) {
        CAPTURE(text);
        Result<std::int64_t> parsed = parse_moment("--until", text, now);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().message.find("--until") == 0);
    }
}

}  // namespace
}  // namespace aihub::logwatch
