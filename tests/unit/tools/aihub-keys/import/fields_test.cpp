#include "tools/aihub-keys/import/fields.hpp"

#include <catch2/catch.hpp>

using namespace aihub;
using namespace aihub::keys;

namespace {

Row row(const std::string& value) {
    Row one{"line 7", {}};
    if (!value.empty()) one.values["x"] = value;
    return one;
}

std::optional<std::int64_t> money(const std::string& value) {
    Result<std::optional<std::int64_t>> micro = money_of(row(value), "x");
    REQUIRE(micro);
    return *micro;
}

}  // namespace

TEST_CASE("money of a floating-point column is rounded to micro-units") {
    CHECK(money("12.5") == 12'500'000);
    CHECK(money("0.30000000000000004") == 300'000);
    CHECK(money("1e-07") == 0);
    CHECK(money("-2.5e-06") == -3);
    CHECK(money("999999.0") == 999'999'000'000);
    CHECK(!money(""));
    for (const char* text : {"much", "nan", "inf", "1e300", "1.5 €"}) CHECK(!money_of(row(text), "x"));
}

TEST_CASE("a value that is wrong is named with its place") {
    Result<std::int64_t> moment = moment_of(row("soon"), "x");
    REQUIRE(!moment);
    CHECK(moment.error().message == "line 7: x is \"soon\", which is no date");
    CHECK(moment.error().hint.find("nothing was imported") != std::string::npos);
}

TEST_CASE("what is no hash is not repeated: it could be a token") {
    Result<crypto::Digest> digest = digest_of(row("my-secret"), "x");
    REQUIRE(!digest);
    CHECK(digest.error().message.find("my-secret") == std::string::npos);
}

TEST_CASE("moments are seconds or dates") {
    CHECK(moment_of(row("1740000000"), "x").value() == 1'740'000'000'000);
    CHECK(moment_of(row("1970-01-02 00:00:01.25"), "x").value() == 86'401'250);
    CHECK(moment_of(row(""), "x").value() == 0);
}

TEST_CASE("lists are read with PostgreSQL's braces and quotes and without") {
    CHECK(list_of(row("a, b"), "x") == std::vector<std::string>{"a", "b"});
    CHECK(list_of(row("{a,\"b c\"}"), "x") == std::vector<std::string>{"a", "b c"});
    CHECK(list_of(row("{}"), "x").empty());
    CHECK(list_of(row(""), "x").empty());
}

TEST_CASE("truth has many spellings, and silence means what it means there") {
    for (const char* yes : {"1", "t", "true", "TRUE", "yes"}) CHECK(truth_of(row(yes), "x", false));
    for (const char* no : {"0", "f", "false", "no"}) CHECK(!truth_of(row(no), "x", true));
    CHECK(truth_of(row(""), "x", true));
    CHECK(!truth_of(row(""), "x", false));
}
