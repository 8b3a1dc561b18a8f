#include "tools/aihub-serve/services/nesting.hpp"

#include <catch2/catch.hpp>

namespace aihub::serve {
namespace {

TEST_CASE("nesting counts what is open at once, not what there is") {
    CHECK_FALSE(is_nested_deeper("[[]]", 2));
    CHECK(is_nested_deeper("[[]]", 1));
    CHECK(is_nested_deeper("[{", 1));
    CHECK_FALSE(is_nested_deeper("[[],[],{},{}]", 2));
    CHECK_FALSE(is_nested_deeper("", 0));
    CHECK_FALSE(is_nested_deeper("17", 0));
}

TEST_CASE("brackets in strings do not nest") {
    CHECK_FALSE(is_nested_deeper(R"(["[[[[", "\"[[[", "\\", "{"])", 1));
    CHECK(is_nested_deeper(R"(["\\", []])", 1));
}

TEST_CASE("text that is cut off anywhere is scanned to its end") {
    for (const char* text : {"\"", "\"\\", "\"\\\"", "[\"a\\", "]]]]", "}["}) {
        INFO(text);
        CHECK_FALSE(is_nested_deeper(text, 1));
    }
}

}  // namespace
}  // namespace aihub::serve
