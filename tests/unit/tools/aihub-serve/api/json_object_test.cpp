#include "tools/aihub-serve/api/json_object.hpp"

#include <catch2/catch.hpp>

namespace aihub::serve {

TEST_CASE("money is written digit by digit from micro-units, to the ends of 64 bits") {
    CHECK(ObjectWriter().money("m", 12'500'000).take() == R"({"m":12.50,"m_micro":12500000})");
    CHECK(ObjectWriter().money("m", -1).take() == R"({"m":-0.000001,"m_micro":-1})");
    CHECK(ObjectWriter().money("m", INT64_MAX).take() ==
          R"({"m":9223372036854.775807,"m_micro":9223372036854775807})");
    CHECK(ObjectWriter().money_or_null("m", std::nullopt).take() == R"({"m":null,"m_micro":null})");
}

TEST_CASE("texts are escaped, in names as in values") {
    CHECK(ObjectWriter().text("a\"b", "c\\\n").take() == R"({"a\"b":"c\\\u000a"})");
    CHECK(ObjectWriter().text_or_null("a", "").take() == R"({"a":null})");
}

TEST_CASE("times are RFC 3339, and null where there is none") {
    CHECK(ObjectWriter().time("t", 1'896'078'600'000).time("n", 0).take() ==
          R"({"t":"2030-01-31T08:30:00Z","n":null})");
}

TEST_CASE("hundredths keep their zeros") {
    CHECK(ObjectWriter().hundredths("h", 1205).hundredths("n", 7).take() == R"({"h":12.05,"n":0.07})");
}

TEST_CASE("an empty object and an empty list are whole") {
    CHECK(ObjectWriter().take() == "{}");
    CHECK(json_list(std::vector<std::string>(), json_string) == "[]");
    CHECK(json_list(std::vector<std::string>{"a", "b"}, json_string) == R"(["a","b"])");
}

}  // namespace aihub::serve
