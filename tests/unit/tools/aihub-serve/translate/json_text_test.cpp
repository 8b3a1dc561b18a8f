#include <catch2/catch.hpp>

#include "tools/aihub-serve/translate/json_text.hpp"

using namespace aihub::translate;

namespace {

std::string again(std::string_view text) {
    auto value = read_json(text);
    REQUIRE(value);
    return json_text(*value);
}

aihub::Error problem_of(std::string_view text) {
    auto value = read_json(text);
    REQUIRE_FALSE(value);
    return value.error();
}

std::string nested(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

}  // namespace

TEST_CASE("JSON is written as it was read: order, kinds of numbers, text") {
    const std::string text =
        R"({"z":1,"a":[true,false,null,-3,18446744073709551615,0.1,1.0,1e-07],"é":"\"\\\u0001😀","":{}})";
    REQUIRE(again(text) == text);
    REQUIRE(again(" \n{ } ") == "{}");
    REQUIRE(again("\"text\"") == "\"text\"");
}

TEST_CASE("JSON that is nested 512 deep is read, one deeper is refused") {
    REQUIRE(again(nested(512)) == nested(512));
    REQUIRE(problem_of(nested(513)).message.find("nested more than 512 deep") != std::string::npos);
    std::string deep;
    for (int i = 0; i < 100'000; ++i) deep += "{\"a\":[";
    REQUIRE(problem_of(deep).code == aihub::ErrorCode::invalid_input);
}

TEST_CASE("a member that is there twice is refused, because two readers would pick different ones") {
    REQUIRE(problem_of(R"({"model":"a","x":1,"model":"b"})").message.find("\"model\" is there twice") !=
            std::string::npos);
    REQUIRE(problem_of(R"([{"a":{"b":1,"b":1}}])").message.find("\"b\"") != std::string::npos);
    REQUIRE(read_json(R"([{"a":1},{"a":2}])"));
}

TEST_CASE("an object of very many members is read in proportion to its size") {
    std::string text = "{";
    for (int i = 0; i < 200'000; ++i) text += "\"member" + std::to_string(i) + "\":0,";
    text.back() = '}';
    REQUIRE(read_json(text)->size() == 200'000);  // each compared with each would take minutes
}

TEST_CASE("JSON that ends too early is told from JSON that is wrong") {
    const std::string text = R"({"a":[1,"x\u00e9",true],"b":{"c":null}})";
    for (std::size_t cut = 0; cut < text.size(); ++cut) {
        INFO(text.substr(0, cut));
        REQUIRE(problem_of(text.substr(0, cut)).code == aihub::ErrorCode::corrupt);
    }
    for (const char* wrong : {"{\"a\":x}", "<html>", "{} {}", "{\"a\" 1}", "[1,]", "nul!", "\"\x01\"",
                              "\"\xFF\"", "\"\\ud800\"", "01", "{a:1}"}) {
        INFO(wrong);
        REQUIRE(problem_of(wrong).code == aihub::ErrorCode::invalid_input);
    }
}

TEST_CASE("a number that no computer holds is refused, with its place") {
    REQUIRE(problem_of("{\"a\":1e999}").message.find("a number is too large") != std::string::npos);
    REQUIRE(problem_of("{\"a\":1,\"b\":x}").message.find("at byte") != std::string::npos);
}

TEST_CASE("members are looked up without surprises") {
    Json object = *read_json(R"({"a":"x","b":1,"c":[1]})");
    REQUIRE(text_member(object, "a") == "x");
    REQUIRE(text_member(object, "b").empty());
    REQUIRE(member(object, "nothing").is_null());
    REQUIRE(member(Json("text"), "a").is_null());
    REQUIRE(items(member(object, "c")).size() == 1);
    REQUIRE(items(member(object, "a")).empty());
}
