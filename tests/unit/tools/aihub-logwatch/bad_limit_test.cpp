#include "tools/aihub-logwatch/bad_limit.hpp"

#include <catch2/catch.hpp>

namespace aihub::logwatch {
namespace {

bool passed(const std::string& limit, std::int64_t bad_lines, std::int64_t lines) {
    Result<BadLimit> parsed = BadLimit::parse(limit);
    REQUIRE(parsed);
    return parsed->is_passed(bad_lines, lines);
}

TEST_CASE("a limit is a number or a part of all lines") {
    CHECK_FALSE(passed("1%", 1, 100));
    CHECK(passed("1%", 1, 99));
    CHECK_FALSE(passed("0.5%", 1, 200));
    CHECK(passed("0.5%", 2, 300));
    CHECK_FALSE(passed("3", 3, 3));
    CHECK(passed("3", 4, 1'000'000));
    CHECK(passed("0", 1, 1'000'000));
    CHECK_FALSE(passed("0%", 0, 0));
    CHECK_FALSE(passed("100%", 9, 9));
}

TEST_CASE("what is no limit is refused") {
    for (const char* text : {"", "%", "-1", "many", "1 %", "101%", "1e3", "nan", "1%%"}) {
        CAPTURE(text);
        Result<BadLimit> parsed = BadLimit::parse(text);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().code == ErrorCode::invalid_input);
    }
}

}  // namespace
}  // namespace aihub::logwatch
