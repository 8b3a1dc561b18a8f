#include "tools/aihub-serve/api/fields.hpp"

#include <catch2/catch.hpp>

namespace aihub::serve {
namespace {

using Json = Fields::Json;

std::optional<std::int64_t> money_in(const char* text) {
    Json json = Json::parse(text);
    Fields fields(json);
    std::optional<std::int64_t> amount = fields.money("m");
    return fields.finish() ? amount : std::nullopt;
}

std::string complaint_of(const Json& json, const std::function<void(Fields&)>& read) {
    Fields fields(json);
    read(fields);
    Result<void> done = fields.finish();
    return done ? "" : done.error().message;
}

}  // namespace

TEST_CASE("amounts of money arrive exactly, as numbers, texts or micro-units") {
    CHECK(money_in(R"({"m": 12.5})") == 12'500'000);
    CHECK(money_in(R"({"m": 0.1})") == 100'000);
    CHECK(money_in(R"({"m": 0.000001})") == 1);
    CHECK(money_in(R"({"m": -3})") == -3'000'000);
    CHECK(money_in(R"({"m": 123456789.123456})") == 123'456'789'123'456);
    CHECK(money_in(R"({"m": "9223372036854.775807"})") == INT64_MAX);
    CHECK(money_in(R"({"m_micro": -7})") == -7);
}

TEST_CASE("amounts that cannot be held exactly are refused, not rounded") {
    for (const char* text :
         {R"({"m": 0.0000001})", R"({"m": 1234567890123.123456})", R"({"m": 1e300})", R"({"m": "1,5"})",
          R"({"m": true})", R"({"m_micro": 1.5})", R"({"m": 1, "m_micro": 1})"})
        CHECK(money_in(text) == std::nullopt);
}

TEST_CASE("a member that nobody asked for is refused by name, so that no wish is lost") {
    Json json = {{"name", "a"}, {"modles", {"x"}}};
    CHECK(complaint_of(json, [](Fields& fields) { fields.text("name"); }).starts_with("modles: "));
    CHECK(complaint_of(json, [](Fields& fields) {
              fields.text("name");
              fields.accept("modles");
          }).empty());
}

TEST_CASE("the first complaint counts, and names its member") {
    Json json = {{"a", 1}, {"b", "x"}, {"c", -1}};
    auto read = [](Fields& fields) {
        fields.text("a");
        fields.flag("b");
        fields.number("c");
    };
    CHECK(complaint_of(json, read) == "a: must be a text");
    CHECK(complaint_of(json, [](Fields& fields) {
              fields.number("c");
          }).starts_with("c: must be a whole number"));
    CHECK(complaint_of(Json::array(), [](Fields&) {}) == "the body is no JSON object");
    CHECK(complaint_of(Json::object(), [](Fields& fields) {
              fields.required_text("email");
          }).starts_with("email: is missing"));
}

TEST_CASE("null takes a limit away where that can be, and says nothing elsewhere") {
    Json json = {{"a", nullptr}, {"b", 0}};
    Fields fields(json);
    CHECK(fields.nullable_number("a") == Nullable<std::int64_t>(std::optional<std::int64_t>()));
    CHECK(fields.nullable_number("b") == Nullable<std::int64_t>(0));
    CHECK(fields.nullable_number("c") == std::nullopt);
    CHECK(fields.number("a") == std::nullopt);
    CHECK(fields.finish());
}

TEST_CASE("the end of a key is a time, a span from now, or never") {
    auto expiry = [](const Json& json) {
        Fields fields(json);
        std::optional<std::int64_t> at = fields.expiry(1'000'000);
        return fields.finish() ? at : std::optional<std::int64_t>(-1);
    };
    CHECK(expiry({{"expires_at", "2030-01-31T08:30:00Z"}}) == 1'896'078'600'000);
    CHECK(expiry({{"expires_in", "1h"}}) == 4'600'000);
    CHECK(expiry({{"expires_in", 60}}) == 1'060'000);
    CHECK(expiry({{"expires_at", nullptr}}) == 0);
    CHECK(expiry({{"expires_at", "never"}}) == 0);
    CHECK(expiry(Json::object()) == std::nullopt);
    CHECK(expiry({{"expires_at", "1970-01-01"}}) == -1);
    CHECK(expiry({{"expires_at", "tomorrow"}}) == -1);
    CHECK(expiry({{"expires_in", "0"}}) == -1);
    CHECK(expiry({{"expires_in", "1h"}, {"expires_at", "2030-01-31"}}) == -1);
}

}  // namespace aihub::serve
