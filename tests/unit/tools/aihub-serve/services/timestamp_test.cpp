#include "tools/aihub-serve/services/timestamp.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace aihub::serve {
namespace {

TEST_CASE("times of RFC 3339 are seconds since 1970, in whatever zone they are told") {
    const std::pair<const char*, std::int64_t> rows[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1969-12-31T23:59:59Z", -1},
        {"2023-11-14T22:13:20Z", 1'700'000'000},
        {"2023-11-14t22:13:20z", 1'700'000'000},
        {"2023-11-14 22:13:20.9Z", 1'700'000'000},
        {"2023-11-14T23:13:20.123456789+01:00", 1'700'000'000},
        {"2023-11-14T12:43:20-09:30", 1'700'000'000},
        {"2024-02-29T00:00:00Z", 1'709'164'800},
        {"2016-12-31T23:59:60Z", 1'483'228'800},
        {"0001-01-01T00:00:00Z", -62'135'596'800},
        {"9999-12-31T23:59:59Z", 253'402'300'799},
    };
    for (const auto& [text, seconds] : rows) {
        INFO(text);
        CHECK(unix_seconds(text) == seconds);
    }
}

TEST_CASE("what is no time of RFC 3339 is none") {
    for (const char* text : {"",
                             "now",
                             "2023-11-14",
                             "2023-11-14T22:13:20",
                             "2023-11-14T22:13Z",
                             "2023-11-14T22:13:20ZZ",
                             "2023-02-29T00:00:00Z",
                             "2023-13-01T00:00:00Z",
                             "2023-00-01T00:00:00Z",
                             "2023-11-31T00:00:00Z",
                             "2023-11-14T24:00:00Z",
                             "2023-11-14T22:60:00Z",
                             "2023-11-14T22:13:61Z",
                             "2023-11-14T22:13:20.Z",
                             "2023-11-14T22:13:20.",
                             "2023-11-14T22:13:20+1:00",
                             "2023-11-14T22:13:20+24:00",
                             "+023-11-14T22:13:20Z",
                             "2023-11-14T-2:13:20Z",
                             "23-11-14T22:13:20Z"}) {
        INFO(text);
        CHECK_FALSE(unix_seconds(text));
    }
}

TEST_CASE("a time that is cut short anywhere is none") {
    std::string whole = "2023-11-14T22:13:20.5+01:00";
    REQUIRE(unix_seconds(whole));
    for (std::size_t length = 0; length < whole.size(); ++length)
        CHECK_FALSE(unix_seconds(whole.substr(0, length)));
}

}  // namespace
}  // namespace aihub::serve
