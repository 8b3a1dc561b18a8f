#include "tools/aihub-keys/import/rows.hpp"

#include <catch2/catch.hpp>

using namespace aihub;
using namespace aihub::keys;

namespace {

std::vector<std::vector<std::string>> cells(std::string_view text) {
    Result<std::vector<CsvLine>> lines = parse_csv(text);
    REQUIRE(lines);
    std::vector<std::vector<std::string>> all;
    for (const CsvLine& line : *lines) all.push_back(line.cells);
    return all;
}

using Cells = std::vector<std::vector<std::string>>;

}  // namespace

TEST_CASE("CSV is read as RFC 4180 has it") {
    CHECK(cells("a,b\r\n1,2\r\n") == Cells{{"a", "b"}, {"1", "2"}});
    CHECK(cells("a,b\n1,2") == Cells{{"a", "b"}, {"1", "2"}});
    CHECK(cells("\"a,b\",\"c\"\"d\"\n") == Cells{{"a,b", "c\"d"}});
    CHECK(cells("\"two\r\nlines\",x\n") == Cells{{"two\r\nlines", "x"}});
    CHECK(cells(",\n") == Cells{{"", ""}});
    CHECK(cells("\"\"\n\na\n") == Cells{{"a"}});
    CHECK(cells("").empty());
}

TEST_CASE("a line of CSV knows its number, also after cells of several lines") {
    Result<std::vector<CsvLine>> lines = parse_csv("a\n\"b\nc\"\nd\n\ne\n");
    REQUIRE(lines);
    std::vector<std::size_t> numbers;
    for (const CsvLine& line : *lines) numbers.push_back(line.number);
    CHECK(numbers == std::vector<std::size_t>{1, 2, 4, 6});
}

TEST_CASE("CSV that is broken off is refused with its line") {
    for (const char* text : {"a\n\"b", "a\n\"b\"\"", "a\n\"b\"c\n", "a\n\"b\" ,c\n"}) {
        Result<std::vector<CsvLine>> lines = parse_csv(text);
        INFO(text);
        REQUIRE(!lines);
        CHECK(lines.error().code == ErrorCode::invalid_input);
        CHECK(lines.error().message.starts_with("line 2: "));
    }
}

TEST_CASE("rows come out of CSV, JSON and NDJSON alike") {
    for (const char* text :
         {"\xEF\xBB\xBFuser,models,budget,note\nbob,\"a,b\",1.5,\n",
          R"([{"user":"bob","models":["a","b"],"budget":1.5,"note":null}])",
          R"({"keys":[{"user":"bob","models":["a","b"],"budget":1.5,"note":""}],"total":1})",
          "{\"user\":\"bob\",\"models\":[\"a\",\"b\"],\"budget\":1.5}\n\n",
          " {\"user\":\"bob\",\n\"models\":[\"a\",\"b\"],\n\"budget\":1.5}"}) {
        Result<Rows> rows = read_rows(text);
        INFO(text);
        REQUIRE(rows);
        REQUIRE(rows->rows.size() == 1);
        const Row& row = rows->rows.front();
        CHECK(row.text("user") == "bob");
        CHECK(row.text("models") == "a,b");
        CHECK(row.text("budget") == "1.5");
        CHECK(!row.has("note"));
        CHECK(rows->has("user"));
    }
}

TEST_CASE("rows of a text without any are none") {
    for (const char* text : {"", "  \n\r\n", "user,hash\n", "[]"}) {
        Result<Rows> rows = read_rows(text);
        INFO(text);
        REQUIRE(rows);
        CHECK(rows->rows.empty());
    }
}

TEST_CASE("a line with other cells than titles is refused") {
    Result<Rows> rows = read_rows("user,hash\nbob\n");
    REQUIRE(!rows);
    CHECK(rows.error().message == "line 2: 1 cells under 2 titles");
}

TEST_CASE("JSON that nests without end is refused and harms nothing") {
    std::string deep(200'000, '[');
    CHECK(!read_rows(deep));
    CHECK(!read_rows("{\"a\":" + deep));
}
