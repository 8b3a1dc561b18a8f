#include "shared/config/json_edit.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "shared/config/json_tree.hpp"

namespace aihub::config {
namespace {

std::string merged(std::string_view text, std::string_view patch) {
    Result<std::string> result = merge_patch(text, patch);
    REQUIRE(result);
    REQUIRE(parse_json(*result));
    return *result;
}

const char* const commented = R"({
  // Where it listens.
  "gateway_port": 8080,  // not 80
  "pricing": {
    "input_per_1k": 0.1, /* euro */
    "output_per_1k": 0.2
  },
  "lan_ip": "127.0.0.1",
}
)";

}  // namespace

TEST_CASE("the examples of the merge patch's RFC come out as it says") {
    struct Row {
        const char* text;
        const char* patch;
        const char* result;
    };
    auto row =
        GENERATE(values<Row>({{R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
                              {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
                              {R"({"a":"b"})", R"({"a":null})", R"({})"},
                              {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
                              {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
                              {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
                              {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
                              {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
                              {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
                              {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"}}));
    CHECK(nlohmann::json::parse(merged(row.text, row.patch)) == nlohmann::json::parse(row.result));
}

TEST_CASE("what is not patched stays as it was written, comments and all") {
    std::string text = merged(commented, R"({"pricing": {"input_per_1k": 7}})");
    std::string expected = commented;
    expected.replace(expected.find("0.1"), 3, "7");
    CHECK(text == expected);
}

TEST_CASE("a new member stands in a line of its own, behind the last comment") {
    CHECK(merged("{\n    \"a\": 1 // one\n}\n", R"({"b": 2})") ==
          "{\n    \"a\": 1, // one\n    \"b\": 2\n}\n");
    CHECK(merged(commented, R"({"auth": true})").find("\"lan_ip\": \"127.0.0.1\",\n  \"auth\": true\n}") !=
          std::string::npos);
    CHECK(merged("{\"a\": {}}", R"({"a": {"b": 1}})") == "{\"a\": {\"b\": 1}}");
}

TEST_CASE("an object that is put in is written over several lines, as deep as its place") {
    CHECK(merged("{}\n", R"({"tiers": {"team": {"weight": 2}}})") ==
          "{\n  \"tiers\": {\n    \"team\": {\n      \"weight\": 2\n    }\n  }\n}\n");
}

TEST_CASE("a removed member takes its line, its comma and its comment along") {
    CHECK(merged("{\n  \"a\": 1,  // one\n  \"b\": 2\n}", R"({"a": null})") == "{\n  \"b\": 2\n}");
    CHECK(merged("{\n  \"a\": 1,\n  \"b\": 2\n}", R"({"b": null})") == "{\n  \"a\": 1\n}");
    CHECK(merged("{\"a\": 1, \"b\": 2, \"c\": 3}", R"({"b": null, "c": null})") == "{\"a\": 1 }");
    CHECK(merged("{\"a\": 1}", R"({"missing": null})") == "{\"a\": 1}");
}

TEST_CASE("quotes, brackets and comment signs inside of texts mean nothing") {
    CHECK(merged(R"({"a": "}\"//,{", "b": [1, "]"], "c": 1})", R"({"c": 2, "b": null})") ==
          R"({"a": "}\"//,{", "c": 2})");
    CHECK(merged(R"({"\u0061": 1})", R"({"a": 2})") == R"({"\u0061": 2})");
}

TEST_CASE("a text that is no object, or no JSON, is refused with its line") {
    CHECK_FALSE(merge_patch("[1]", R"({"a": 1})"));
    Result<std::string> broken = merge_patch("{\n\"a\": 1,\n\"a\": 2}", R"({"b": 1})");
    REQUIRE_FALSE(broken);
    CHECK(broken.error().message.starts_with("3: "));
}

}  // namespace aihub::config
