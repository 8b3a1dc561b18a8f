#include "shared/cli/line_editor.hpp"

#include <catch2/catch.hpp>

namespace aihub::cli {
namespace {

void type(LineEditor& editor, std::string_view text) {
    for (char c : text) editor.press({KeyKind::text, std::string(1, c)});
}

void press(LineEditor& editor, KeyKind kind, int times = 1) {
    for (int i = 0; i < times; ++i) editor.press({kind});
}

TEST_CASE("what is typed goes in where the cursor is") {
    LineEditor editor;
    type(editor, "bb");
    press(editor, KeyKind::left);
    type(editor, "o");
    CHECK(editor.text() == "bob");
    press(editor, KeyKind::home);
    editor.press({KeyKind::paste, "the "});
    CHECK(editor.text() == "the bob");
    CHECK(editor.before_cursor() == "the ");
}

TEST_CASE("a character of several bytes is passed and erased as one") {
    LineEditor editor;
    editor.press({KeyKind::paste, "aé世"});
    press(editor, KeyKind::left);
    CHECK(editor.before_cursor() == "aé");
    press(editor, KeyKind::backspace);
    CHECK(editor.text() == "a世");
    press(editor, KeyKind::remove);
    CHECK(editor.text() == "a");
}

TEST_CASE("keys at the ends of a line change nothing") {
    LineEditor editor;
    press(editor, KeyKind::backspace);
    press(editor, KeyKind::remove);
    press(editor, KeyKind::left);
    press(editor, KeyKind::erase_word);
    type(editor, "a");
    press(editor, KeyKind::right, 3);
    press(editor, KeyKind::remove);
    CHECK(editor.text() == "a");
}

TEST_CASE("a word or the line is erased at once") {
    LineEditor editor;
    type(editor, "one two  ");
    press(editor, KeyKind::erase_word);
    CHECK(editor.text() == "one ");
    press(editor, KeyKind::erase_word);
    CHECK(editor.text().empty());
    type(editor, "three");
    press(editor, KeyKind::erase_line);
    CHECK(editor.text().empty());
    CHECK(editor.before_cursor().empty());
}

TEST_CASE("keys that are not for an editor are left to others") {
    LineEditor editor;
    CHECK_FALSE(editor.press({KeyKind::enter}));
    CHECK_FALSE(editor.press({KeyKind::up}));
    CHECK(editor.press({KeyKind::text, "a"}));
}

TEST_CASE("a line that is too long shows the part with the cursor") {
    LineEditor editor;
    type(editor, "abcdefgh");
    CHECK(editor.view(20).text == "abcdefgh");
    CHECK(editor.view(20).cursor == 8);
    CHECK(editor.view(4).text == "fgh");
    CHECK(editor.view(4).cursor == 3);
    press(editor, KeyKind::home);
    CHECK(editor.view(4).text == "abcd");
    CHECK(editor.view(4).cursor == 0);
    CHECK(editor.view(0).text.empty());
}

}  // namespace
}  // namespace aihub::cli
