#include "shared/cli/screen_frames.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "shared/cli/utf8.hpp"

namespace aihub::cli {
namespace {

const Look ascii{.utf8 = false, .colour = false};
const std::string token = "ahk_0123456789abcdefghijklmnopqrstuvwxyz";

Choice menu() {
    return {.question = "What now?", .entries = {{"Begin"}, {"Go on"}, {"Stop"}}, .numbered = true};
}

Choice keys() {
    return {.question = "Which one?",
            .titles = {"User", "Name", "Token"},
            .entries = {{"alice", "laptop", "ahk_1"}, {"bob", "ci", "ahk_2"}},
            .filters = true,
            .act = "delete"};
}

std::vector<std::string> texts(const Frame& frame) {
    std::vector<std::string> lines;
    for (const Row& row : frame.rows) lines.push_back(row.text);
    return lines;
}

bool has(const Frame& frame, const std::string& text) {
    std::vector<std::string> lines = texts(frame);
    return std::any_of(lines.begin(), lines.end(),
                       [&](const std::string& line) { return line.find(text) != std::string::npos; });
}

TEST_CASE("a menu shows its question, its numbered entries, and a mark before the chosen one") {
    ListPicker picker({{"Begin"}, {"Go on"}, {"Stop"}}, ListPicker::Typing::moves);
    picker.press({KeyKind::down});
    Frame frame = choice_frame(menu(), picker, std::nullopt, {40, 10}, ascii);
    CHECK(texts(frame) == std::vector<std::string>{"What now?", "  1. Begin", "> 2. Go on", "  3. Stop",
                                                   "Enter choose | Esc back"});
    CHECK(frame.rows[2].style == Style::chosen);
    CHECK_FALSE(frame.cursor);
}

TEST_CASE("a message stands above the question") {
    ListPicker picker({{"a"}, {"b"}, {"c"}}, ListPicker::Typing::moves);
    Frame frame = choice_frame(menu(), picker, Row{"Done.", Style::good}, {40, 10}, ascii);
    CHECK(frame.rows[0].text == "Done.");
    CHECK(frame.rows[0].style == Style::good);
    CHECK(frame.rows[2].text == "What now?");
}

TEST_CASE("a table has titles, aligned columns, a filter with the cursor in it, and a count") {
    ListPicker picker({{"alice laptop"}, {"bob ci"}}, ListPicker::Typing::filters);
    picker.press({KeyKind::text, "o"});
    picker.press({KeyKind::text, "b"});
    Frame frame = choice_frame(keys(), picker, std::nullopt, {60, 10}, ascii);
    CHECK(texts(frame) == std::vector<std::string>{"Which one?", "Filter: ob", "  User   Name    Token",
                                                   "> bob    ci      ahk_2",
                                                   "Enter delete | Esc back | 1/2 | type to filter"});
    REQUIRE(frame.cursor);
    CHECK(frame.cursor->row == 1);
    CHECK(frame.cursor->column == 10);
}

TEST_CASE("a filter that lets nothing through, and a list without entries, say so") {
    ListPicker nothing({{"x"}, {"y"}}, ListPicker::Typing::filters);
    nothing.press({KeyKind::text, "z"});
    CHECK(has(choice_frame(keys(), nothing, std::nullopt, {60, 10}, ascii), "nothing matches"));
    ListPicker empty(std::vector<Searched>(), ListPicker::Typing::filters);
    Choice none = keys();
    none.entries.clear();
    CHECK(has(choice_frame(none, empty, std::nullopt, {60, 10}, ascii), "nothing here"));
}

TEST_CASE("names cannot drive the terminal") {
    Choice choice = keys();
    choice.entries[0][0] = "\x1b[31mred";
    ListPicker picker({{"x"}, {"y"}}, ListPicker::Typing::filters);
    Frame frame = choice_frame(choice, picker, Row{"\x1b]0;x\x07", Style::bad}, {60, 12}, Look{});
    CHECK(has(frame, "?[31mred"));
    for (const Row& row : frame.rows) CHECK(row.text.find('\x1b') == std::string::npos);
}

TEST_CASE("no frame is higher or, but for its footer, wider than the screen") {
    Question question{"Enter the filename to export users to:", "users.csv"};
    for (std::size_t rows = 1; rows < 14; ++rows)
        for (std::size_t columns = 1; columns < 60; columns += 3) {
            ScreenSize size{columns, rows};
            Row message{"Generated token for bob with API laptop.", Style::good};
            ListPicker picker({{"alice"}, {"bob"}}, ListPicker::Typing::filters);
            LineEditor answer;
            answer.press({KeyKind::paste, "a long name for a file"});
            for (const Frame& frame : {choice_frame(keys(), picker, message, size, Look{}),
                                       question_frame(question, answer, message, size, Look{}),
                                       secret_frame("Generated.", token, "Shown once.", size, Look{})}) {
                CHECK(frame.rows.size() <= rows);
                if (frame.cursor) {
                    CHECK(frame.cursor->row < rows);
                    CHECK(frame.cursor->column < columns);
                }
            }
        }
}

TEST_CASE("a question shows what an empty answer means until something is typed") {
    LineEditor answer;
    Question question{"Which file?", "users.csv"};
    Frame frame = question_frame(question, answer, std::nullopt, {40, 10}, ascii);
    CHECK(frame.rows[1].text == "> users.csv");
    CHECK(frame.rows[1].style == Style::faint);
    CHECK(frame.cursor->column == 2);
    answer.press({KeyKind::text, "a"});
    frame = question_frame(question, answer, std::nullopt, {40, 10}, ascii);
    CHECK(frame.rows[1].text == "> a");
    CHECK(frame.cursor->column == 3);
}

TEST_CASE("a secret is whole on every screen that can hold it") {
    for (ScreenSize size : {ScreenSize{80, 24}, {40, 10}, {20, 3}, {20, 2}, {40, 1}}) {
        std::string shown;
        for (const Row& row :
             secret_frame("Generated token for bob with API ci:", token, "Shown once.", size, ascii).rows)
            if (row.style == Style::strong) shown += row.text;
        CAPTURE(size.columns, size.rows);
        CHECK(shown == token);
    }
}

}  // namespace
}  // namespace aihub::cli
