#include "tools/aihub-serve/pipeline/json_members.hpp"

#include <catch2/catch.hpp>

namespace aihub::serve {
namespace {

std::string members(std::string_view text) {
    std::optional<JsonObject> object = read_object(text);
    if (!object) return "none";
    std::string out;
    for (const JsonMember& member : object->members)
        out += std::string(member.key) + "=" + std::string(text_of(text, member.value)) + ";";
    return out;
}

std::string without(std::string text, std::string_view key) {
    std::optional<JsonObject> object = read_object(text);
    REQUIRE(object);
    const JsonMember* member = object->find(key);
    REQUIRE(member);
    Span span = removal_of(*object, static_cast<std::size_t>(member - object->members.data()));
    return text.erase(span.begin, span.size());
}

TEST_CASE("the members of the outermost object are found with their values as they are written") {
    CHECK(members(R"({"a":1,"b":"x,y","c":[{"a":2},"]"],"d":{"e":"}"}})") ==
          R"(a=1;b="x,y";c=[{"a":2},"]"];d={"e":"}"};)");
    CHECK(members(" \n{ \"a\" : null ,\t\"b\":-1.5e3 } ") == "a=null;b=-1.5e3;");
    CHECK(members(R"({"a":"\"\\","b\"c":"\u0041"})") == R"(a="\"\\";b\"c="\u0041";)");
    CHECK(members("{}").empty());
    CHECK(members(" { } ").empty());
}

TEST_CASE("what is no whole object has no members") {
    for (const char* text :
         {"", "[]", "x", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\" 1}",
          "{\"a\":\"x", "{\"a\":\"x\\", "{\"a\":[1", "{\"a\":{\"b\":\"}", "{}x", "{\"a\":1 2}", "[DONE]"}) {
        INFO(text);
        CHECK(members(text) == "none");
    }
}

TEST_CASE("of members of one name the last one is found") {
    std::optional<JsonObject> object = read_object(R"({"a":1,"b":2,"a":3})");
    REQUIRE(object);
    CHECK(object->find("a") == &object->members[2]);
    CHECK_FALSE(object->find("c"));
}

TEST_CASE("a member goes with the comma that divides it from another") {
    CHECK(without(R"({"a":1,"b":2,"c":3})", "a") == R"({"b":2,"c":3})");
    CHECK(without(R"({"a":1,"b":2,"c":3})", "b") == R"({"a":1,"c":3})");
    CHECK(without(R"({"a":1,"b":2,"c":3})", "c") == R"({"a":1,"b":2})");
    CHECK(without(R"({"a": 1, "b": 2})", "b") == R"({"a": 1})");
    CHECK(without(R"({ "a": 1, "b": 2 })", "a") == R"({ "b": 2 })");
    CHECK(without(R"({"a":{"b":1}})", "a") == "{}");
    CHECK(without("{\n  \"a\": 1,\n  \"b\": 2\n}", "b") == "{\n  \"a\": 1\n}");
}

}  // namespace
}  // namespace aihub::serve
