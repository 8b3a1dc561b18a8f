#include "shared/cli/table.hpp"

#include <stdlib.h>
#include <time.h>

#include <catch2/catch.hpp>
#include <limits>
#include <nlohmann/json.hpp>

namespace aihub::cli {
namespace {

Table two_rows() {
    Table table{"demo.things/1", "things", {{"name", "Name"}, {"made", "Made"}, {"on", "On"}}};
    table.rows = {{"a, \"b\"", Cell::time(1'769'848'200'000), Cell::boolean(true)},
                  {"=1+1", Cell::none(), Cell::boolean(false)}};
    return table;
}

TEST_CASE("JSON holds exact values, and null for none") {
    nlohmann::json document = nlohmann::json::parse(render(two_rows(), Format::json));
    CHECK(document["schema"] == "demo.things/1");
    CHECK(document["things"][0] ==
          nlohmann::json{{"name", "a, \"b\""}, {"made", "2026-01-31T08:30:00Z"}, {"on", true}});
    CHECK(document["things"][1]["made"].is_null());
    Table empty = two_rows();
    empty.rows.clear();
    CHECK(nlohmann::json::parse(render(empty, Format::json))["things"] == nlohmann::json::array());
    CHECK(render(empty, Format::ndjson).empty());
}

TEST_CASE("CSV is RFC 4180's") {
    CHECK(render(two_rows(), Format::csv) ==
          "name,made,on\r\n\"a, \"\"b\"\"\",2026-01-31T08:30:00Z,true\r\n=1+1,,false\r\n");
}

TEST_CASE("people see local time and words, in columns") {
    ::setenv("TZ", "XYZ-1", 1);
    ::tzset();
    CHECK(render(two_rows(), Format::table) ==
          "Name    Made              On\na, \"b\"  2026-01-31 09:30  yes\n=1+1                      no\n");
    ::unsetenv("TZ");
    ::tzset();
}

TEST_CASE("a boxed table centres its cells") {
    Table table{"x/1", "x", {{"id", "ID"}, {"user", "User"}}, {{"1", "böb"}, {"22", "somebody"}}, true};
    CHECK(render(table, Format::table) ==
          "+----+----------+\n"
          "| ID |   User   |\n"
          "+----+----------+\n"
          "| 1  |   böb    |\n"
          "| 22 | somebody |\n"
          "+----+----------+\n");
}

TEST_CASE("columns stand where a terminal shows them, whatever the script") {
    Table table{"x/1", "x", {{"name", "Name"}, {"id", "ID"}}};
    table.rows = {{"\u30ce\u30fc\u30c8", "1"},  // three characters, two columns each
                  {"\U0001F600!", "2"},         // an emoji of two columns
                  {"Zoe\u0308", "3"},           // a mark above the e takes no column
                  {"a\u200bb", "4"}};           // nor does a blank without width
    CHECK(render(table, Format::table) ==
          "Name    ID\n"
          "\u30ce\u30fc\u30c8  1\n"
          "\U0001F600!     2\n"
          "Zoe\u0308     3\n"
          "a\u200bb      4\n");
    table.boxed = true;
    CHECK(render(table, Format::table) ==
          "+--------+----+\n"
          "|  Name  | ID |\n"
          "+--------+----+\n"
          "| \u30ce\u30fc\u30c8 | 1  |\n"
          "|  \U0001F600!   | 2  |\n"
          "|  Zoe\u0308   | 3  |\n"
          "|   a\u200bb   | 4  |\n"
          "+--------+----+\n");
}

TEST_CASE("no control byte of a value reaches a terminal") {
    Table table{"x/1", "x", {{"id", "ID"}}, {{"\x1b]0;title\x07"}}};
    for (Format format : {Format::table, Format::tsv}) {
        std::string text = render(table, format);
        CHECK(text.find('\x1b') == std::string::npos);
        CHECK(text.find('\x07') == std::string::npos);
    }
}

TEST_CASE("a record is lines for people and an object for programs") {
    Record record{"demo.thing/1",
                  {{"name", "bob"}, {"tags", Cell::list({"a", "b\""})}, {"count", Cell::number(-2)}}};
    CHECK(render(record, Format::automatic) == "name: bob\ntags: a, b\"\ncount: -2\n");
    CHECK(nlohmann::json::parse(render(record, Format::json)) ==
          nlohmann::json{{"schema", "demo.thing/1"}, {"name", "bob"}, {"tags", {"a", "b\""}}, {"count", -2}});
}

TEST_CASE("format names are exact") {
    CHECK(parse_format("ndjson") == Format::ndjson);
    CHECK_FALSE(parse_format("JSON"));
    CHECK_FALSE(parse_format(""));
}

TEST_CASE("a decimal number is as short as it can be, and none where JSON has none") {
    CHECK(Cell::decimal(0.1).json() == "0.1");
    CHECK(Cell::decimal(-2.5).json() == "-2.5");
    CHECK(Cell::decimal(1e300).json() == "1e+300");
    CHECK(Cell::decimal(std::numeric_limits<double>::infinity()).json() == "null");
    CHECK(Cell::decimal(0.1).exact() == "0.1");
}

}  // namespace
}  // namespace aihub::cli
