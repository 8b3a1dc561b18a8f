#include "shared/base/iso_time.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "shared/base/clock.hpp"

namespace aihub {
namespace {

constexpr std::int64_t morning = 1'801'384'200'000;  // 2027-01-31T08:30:00Z

TEST_CASE("a moment is read in every form of ISO 8601 that programs write") {
    for (const char* text : {"2027-01-31T08:30:00Z", "2027-01-31T08:30:00", "2027-01-31 08:30:00",
                             "2027-01-31t08:30:00z", "2027-01-31T10:30:00+02:00", "2027-01-31T10:30:00+0200",
                             "2027-01-31 10:30:00 +02", "2027-01-31T03:00:00-05:30"}) {
        INFO(text);
        CHECK(parse_iso_time(text) == morning);
    }
    CHECK(parse_iso_time("2027-01-31T08:30:00.5Z") == morning + 500);
    CHECK(parse_iso_time("2027-01-31T08:30:00,123456+00:00") == morning + 123);
    CHECK(parse_iso_date("2027-01-31") == morning - (8 * 60 + 30) * 60'000);
    CHECK(parse_iso_date("2028-02-29"));
}

TEST_CASE("what is written comes back") {
    for (std::int64_t ms :
         {std::int64_t{0}, morning, std::int64_t{951'782'400'000}, std::int64_t{4'102'444'799'000}})
        CHECK(parse_iso_time(utc_iso8601(ms)) == ms);
}

TEST_CASE("what no calendar has is no moment") {
    for (const char* text :
         {"", "2027", "2027-02-29T00:00:00Z", "2027-13-01T00:00:00Z", "2027-00-01T00:00:00Z",
          "2027-01-32T00:00:00Z", "2027-01-31T24:00:00Z", "2027-01-31T08:60:00Z", "2027-01-31T08:30:61Z",
          "2027-01-31T08:30:00.Z", "2027-01-31T08:30:00+2", "2027-01-31T08:30:00+25:00",
          "2027/01/31T08:30:00Z", "2027-01-31X08:30:00Z", "2027-1-31T008:30:00Z", "2027-01-31T08:30:00Zx"}) {
        INFO(text);
        CHECK_FALSE(parse_iso_time(text));
    }
    for (const char* text : {"", "2027-1-31", "2027-02-30", "2027-01-31T", "20270131", "2027-01-3x"}) {
        INFO(text);
        CHECK_FALSE(parse_iso_date(text));
    }
}

}  // namespace
}  // namespace aihub
