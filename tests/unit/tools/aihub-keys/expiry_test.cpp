#include "tools/aihub-keys/expiry.hpp"

#include <catch2/catch.hpp>

using namespace aihub;
using namespace aihub::keys;

TEST_CASE("moments of other programs are read, whatever their zone and fraction") {
    constexpr std::int64_t moment = 1'769'848'200'000;  // 2026-01-31T08:30:00Z
    for (const char* text : {"2026-01-31T08:30:00Z", "2026-01-31 08:30:00", "2026-01-31T10:30:00+02:00",
                             "2026-01-31T10:30:00+0200", "2026-01-31 10:30:00+02",
                             "2026-01-31T03:00:00-05:30", "2026-01-31 08:30:00.000000+00:00"}) {
        INFO(text);
        CHECK(parse_timestamp(text) == moment);
    }
    CHECK(parse_timestamp("2026-01-31 08:30:00.25") == moment + 250);
    CHECK(parse_timestamp("2026-01-31 08:30:00.123456") == moment + 123);
    CHECK(parse_timestamp("2026-01-31") == moment - (8 * 60 + 30) * 60'000);
}

TEST_CASE("what is no moment is not read as one") {
    for (const char* text : {"", "soon", "2026-02-30", "2026-02-30 08:30:00", "2026-01-31T25:00:00Z",
                             "2026-01-31T08:30:00+2", "2026-01-31T08:30:00 UTC", "2026-01-31T08:30:00+02:99",
                             "2026-01-31x08:30:00", "31.01.2026 08:30:00"}) {
        INFO(text);
        CHECK(!parse_timestamp(text));
    }
}

TEST_CASE("spans have a unit, or are 0") {
    CHECK(parse_span("--grace", "24h").value() == 86'400'000);
    CHECK(parse_span("--grace", "1d12h").value() == 129'600'000);
    CHECK(parse_span("--grace", "0").value() == 0);
    for (const char* text : {"", "5", "off", "-1h", "soon", "1 day"}) {
        Result<std::int64_t> span = parse_span("--grace", text);
        INFO(text);
        REQUIRE(!span);
        CHECK(span.error().message.starts_with("--grace"));
    }
}
