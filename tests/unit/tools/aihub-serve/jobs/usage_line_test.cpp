#include "tests/unit/tools/aihub-serve/jobs/usage_fixture.hpp"

namespace aihub::serve {
namespace {

TEST_CASE("a row of usage comes back from its line as it was") {
    UsageFixture fixture;
    db::Usage row = fixture.given_row(123);
    row.texts = {"r 1", "b\"ö\\b", "", "s", "/v1/chat"};
    row.estimated = true;
    row.audio_ms = 7;
    row.characters = 8;
    row.latency_ms = 9;
    row.ttft_ms = 10;
    std::string line = usage_line(row);
    REQUIRE(line.ends_with("}\n"));
    CHECK(line.find('\n') == line.size() - 1);
    std::optional<db::Usage> back = parse_usage_line(line);
    REQUIRE(back);
    CHECK(usage_line(*back) == line);
    CHECK(back->texts.request_id() == "r 1");
    CHECK(back->texts.user() == "b\"ö\\b");
    CHECK(back->texts.model().empty());
    CHECK(back->texts.service() == "s");
    CHECK(back->texts.path() == "/v1/chat");
    CHECK(back->cost_micro == 123);
    CHECK(back->estimated);
}

TEST_CASE("a damaged line is no row of usage") {
    UsageFixture fixture;
    std::string line = usage_line(fixture.given_row());
    for (std::size_t size = 0; size + 2 < line.size(); ++size)
        CHECK_FALSE(parse_usage_line(line.substr(0, size)));
    CHECK_FALSE(parse_usage_line("[]"));
    CHECK_FALSE(parse_usage_line("{}"));
    CHECK_FALSE(parse_usage_line("not json"));
}

TEST_CASE(
    "the number of its row is found at the end of a line of the access log, whatever a client has sent") {
    CHECK(usage_id_in(R"({"a":1,"usage_id":42})") == 42);
    CHECK(usage_id_in(R"({"user_agent":"\"usage_id\":7}","usage_id":42})") == 42);
    CHECK(usage_id_in(R"({"user_agent":"\"usage_id\":7}","usage_id":null})") == 0);
    CHECK(usage_id_in(R"({"usage_id":42)") == 0);
    CHECK(usage_id_in(R"({"usage_id":-42})") == 0);
    CHECK(usage_id_in(R"({"usage_id":99999999999999999999999})") == 0);
    CHECK(usage_id_in("") == 0);
}

TEST_CASE("a line of the access log tells all of a row but the numbers of user and key") {
    UsageFixture fixture;
    db::Usage row = fixture.given_row(77);
    std::optional<LoggedUsage> logged = parse_access_line(fixture.logged(row));
    REQUIRE(logged);
    CHECK(logged->key_id == fixture.key.id);
    CHECK(logged->row.id == row.id);
    CHECK(logged->row.at_ms == row.at_ms);
    CHECK(logged->row.texts.request_id() == row.texts.request_id());
    CHECK(logged->row.texts.path() == "/v1/chat/completions");
    CHECK(logged->row.cost_micro == 77);
    CHECK(logged->row.charged);
    CHECK_FALSE(logged->row.estimated);
    CHECK(logged->row.latency_ms == 125);
    CHECK(logged->row.ttft_ms == 20);
    CHECK(logged->row.user_id == 0);
}

TEST_CASE("a line of the access log without usage, or cut, tells of no row") {
    UsageFixture fixture;
    std::string line = fixture.logged(fixture.given_row());
    CHECK_FALSE(parse_access_line(line.substr(0, line.size() / 2)));
    CHECK_FALSE(parse_access_line(R"({"status":200,"usage_id":null})"));
    CHECK_FALSE(parse_access_line(R"({"status":200})"));
}

}  // namespace
}  // namespace aihub::serve
