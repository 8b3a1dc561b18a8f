#include "shared/accesslog/source/lines.hpp"

#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

namespace aihub::accesslog {
namespace {

struct Seen {
    std::vector<std::string> texts;
    std::vector<std::int64_t> ends;
    int too_long = 0;
};

void take(Lines& lines, Seen& seen) {
    while (std::optional<Line> line = lines.next()) {
        seen.texts.emplace_back(line->text);
        seen.ends.push_back(line->end);
        seen.too_long += line->too_long;
    }
}

Seen read(Lines& lines, std::string_view text, std::size_t piece) {
    Seen seen;
    while (!text.empty()) {
        char* room = lines.room();
        std::size_t size = std::min({piece, text.size(), lines.room_size()});
        std::memcpy(room, text.data(), size);
        lines.came(size);
        text.remove_prefix(size);
        take(lines, seen);
    }
    return seen;
}

TEST_CASE("lines are the same however they come in pieces") {
    std::string text = "one\n\ntwo\r\nthree\nfo";
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        Lines lines(100);
        Seen seen = read(lines, text, piece);
        CHECK(seen.texts == std::vector<std::string>{"one", "", "two\r", "three"});
        CHECK(seen.ends == std::vector<std::int64_t>{104, 105, 110, 116});
        std::optional<Line> rest = lines.rest();
        REQUIRE(rest);
        CHECK(rest->text == "fo");
        CHECK(rest->end == 118);
        CHECK_FALSE(lines.rest());
    }
}

TEST_CASE("zeros before a line are left out and counted in its position") {
    std::string text = std::string(3'000'000, '\0') + "one\n" + std::string(5, '\0') + "two\n";
    Lines lines(0);
    Seen seen = read(lines, text, 70'000);
    CHECK(seen.texts == std::vector<std::string>{"one", "two"});
    CHECK(seen.ends == std::vector<std::int64_t>{3'000'004, 3'000'013});
    CHECK(seen.too_long == 0);
}

TEST_CASE("a line that is too long is passed over, and its end is known") {
    std::string text =
        std::string(3 * longest_line, 'x') + "\nshort\n" + std::string(longest_line, 'y') + "\n";
    for (std::size_t piece : {std::size_t{4096}, std::size_t{100'000}, text.size()}) {
        Lines lines(0);
        Seen seen = read(lines, text, piece);
        REQUIRE(seen.texts.size() == 3);
        CHECK(seen.texts[0].empty());
        CHECK(seen.texts[1] == "short");
        CHECK(seen.texts[2].size() == longest_line);
        CHECK(seen.too_long == 1);
        CHECK(seen.ends.back() == static_cast<std::int64_t>(text.size()));
    }
}

}  // namespace
}  // namespace aihub::accesslog
