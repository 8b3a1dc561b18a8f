#include "shared/cli/utf8.hpp"

#include <catch2/catch.hpp>

namespace aihub::cli {
namespace {

using Lines = std::vector<std::string>;

TEST_CASE("a code point is read with its length, and broken UTF-8 is one byte at a time") {
    CHECK(first_code_point("aé").value == U'a');
    CHECK(first_code_point("é!").value == U'é');
    CHECK(first_code_point("世").length == 3);
    CHECK(first_code_point("😀").value == U'😀');
    for (std::string broken :
         {"\x80", "\xC3", "\xC3(", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF"}) {
        CodePoint point = first_code_point(broken);
        CHECK_FALSE(point.valid);
        CHECK(point.length == 1);
    }
}

TEST_CASE("wide characters have two columns and combining marks none, whatever the locale is") {
    CHECK(display_width("bob") == 3);
    CHECK(display_width("José") == 4);
    CHECK(display_width("Jose\xCC\x81") == 4);
    CHECK(display_width("世界") == 4);
    CHECK(display_width("") == 0);
}

TEST_CASE("what could drive a terminal or turn the direction of a name is shown as a question mark") {
    CHECK(for_terminal("a\x1b[2Jb\x07", true) == "a?[2Jb?");
    CHECK(for_terminal("a\xC2\x9B"
                       "b",
                       true) == "a?b");                            // the C1 form of "ESC ["
    CHECK(for_terminal("bob\xE2\x80\xAEgpj", true) == "bob?gpj");  // right-to-left override
    CHECK(for_terminal("a\xFFz", true) == "a?z");
    CHECK(for_terminal("José 世", true) == "José 世");
}

TEST_CASE("a terminal without UTF-8 is sent ASCII alone") {
    CHECK(for_terminal("José 世", false) == "Jos? ?");
}

TEST_CASE("a text is cut at a column, never inside of a character") {
    CHECK(clipped("laptop", 6, "…") == "laptop");
    CHECK(clipped("laptops", 6, "…") == "lapto…");
    CHECK(clipped("世界世界", 5, "…") == "世界…");
    CHECK(clipped("世界世界", 4, "…") == "世…");
    CHECK(clipped("laptop", 0, "…").empty());
    CHECK(clipped("laptop", 1, "..").empty());
    CHECK(display_width(fitted("世界世界", 4, "…")) == 4);
    CHECK(fitted("ab", 4, "…") == "ab  ");
}

TEST_CASE("lines break at blanks, and inside of a word that is too long") {
    CHECK(wrapped("the quick fox", 9) == Lines{"the quick", "fox"});
    CHECK(wrapped("the quick fox", 8) == Lines{"the", "quick", "fox"});
    CHECK(wrapped("abcdefgh", 3) == Lines{"abc", "def", "gh"});
    CHECK(wrapped("", 5) == Lines{""});
    CHECK(wrapped("世界", 1) == Lines{"世", "界"});  // nothing narrower is possible
}

}  // namespace
}  // namespace aihub::cli
