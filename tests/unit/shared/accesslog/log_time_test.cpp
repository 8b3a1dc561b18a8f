#include "shared/accesslog/log_time.hpp"

#include <catch2/catch.hpp>

#include <ctime>
#include <string>

#include "shared/base/clock.hpp"

using aihub::accesslog::parse_log_time;

TEST_CASE("one moment is the same in every way of writing it") {
    for (const char* text : {"2026-01-31T09:30:00+01:00", "2026-01-31T08:30:00Z", "2026-01-31T08:30:00+00:00",
                             "2026-01-31 08:30:00", "2026-01-31T08:30:00", "2026-01-31T08:30:00.000Z",
                             "2026-01-31T03:00:00-0530", "2026-01-31T18:30:00+10",
                             "31/Jan/2026:09:30:00 +0100", "31/Jan/2026:00:30:00 -0800", "1769848200",
                             "1769848200.000", "1769848200000", "1769848200000000", "1769848200000000000"}) {
        INFO(text);
        CHECK(parse_log_time(text) == 1769848200000);
    }
}

TEST_CASE("milliseconds of a time are kept, finer parts are not") {
    CHECK(parse_log_time("2026-01-31T08:30:00.1Z") == 1769848200100);
    CHECK(parse_log_time("2026-01-31T08:30:00,123456789+00:00") == 1769848200123);
    CHECK(parse_log_time("1769848200.9999") == 1769848200999);
    CHECK(parse_log_time("1769848200123") == 1769848200123);
}

TEST_CASE("every day of four centuries is the calendar's") {
    std::tm when{};
    when.tm_mday = 1;
    when.tm_year = -130;  // 1770
    for (std::time_t day = timegm(&when); when.tm_year < 270; day += 86400) {
        gmtime_r(&day, &when);
        std::string text = aihub::utc_iso8601(day * 1000);
        if (parse_log_time(text) != day * 1000) FAIL(text);
    }
}

TEST_CASE("leap days and leap seconds are times, other days that no calendar has are not") {
    CHECK(parse_log_time("2024-02-29T00:00:00Z") == 1709164800000);
    CHECK(parse_log_time("2016-12-31T23:59:60Z") == 1483228800000);
    for (const char* text :
         {"2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-04-31T00:00:00Z",
          "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z",
          "30/Feb/2026:00:00:00 +0000", "00/Jan/2026:00:00:00 +0000"}) {
        INFO(text);
        CHECK_FALSE(parse_log_time(text));
    }
}

TEST_CASE("what is no time is none") {
    for (const char* text : {"",
                             "-",
                             "now",
                             "2026-01-31",
                             "2026-01-31T09:30:00+1",
                             "2026-01-31T09:30:00+01:0x",
                             "2026-01-31T09:30:00+25:00",
                             "2026-01-31T09:30:00.Z",
                             "2026-01-31T09:30:00 UTC",
                             "2026/01/31 09:30:00",
                             "31/Jan/2026:09:30:00 0100 ",
                             "31/jan/2026:09:30:00 +0100",
                             "31/Jan/2026:09:30:00+0100",
                             "-1769848200",
                             "+1769848200",
                             "1769848200.",
                             "1769848200.x",
                             "17698482001769848200",
                             "20a6-01-31T08:30:00Z",
                             "999999999999.0"}) {
        INFO(text);
        CHECK_FALSE(parse_log_time(text));
    }
}
