#include "shared/cli/list_picker.hpp"

#include <catch2/catch.hpp>

namespace aihub::cli {
namespace {

using Outcome = ListPicker::Outcome;
using Typing = ListPicker::Typing;
using Entries = std::vector<std::size_t>;

const std::vector<Searched> names = {
    {"alice laptop"}, {"bob laptop"}, {"bob ci"}, {"Carol phone", "4f0q"}, {"quentin ci", "q99"}};

Outcome type(ListPicker& picker, std::string_view text) {
    Outcome outcome = Outcome::going_on;
    for (char c : text) outcome = picker.press({KeyKind::text, std::string(1, c)});
    return outcome;
}

TEST_CASE("arrows and the keys of a page move the choice and stop at the ends") {
    ListPicker picker(names, Typing::filters);
    picker.in_sight(2);
    picker.press({KeyKind::up});
    CHECK(picker.chosen() == 0);
    picker.press({KeyKind::down});
    CHECK(picker.chosen() == 1);
    picker.press({KeyKind::page_down});
    CHECK(picker.chosen() == 3);
    picker.press({KeyKind::end});
    CHECK(picker.chosen() == 4);
    picker.press({KeyKind::down});
    CHECK(picker.chosen() == 4);
    picker.press({KeyKind::page_up});
    CHECK(picker.chosen() == 2);
    picker.press({KeyKind::home});
    CHECK(picker.chosen() == 0);
    CHECK(picker.press({KeyKind::enter}) == Outcome::chosen);
}

TEST_CASE("the choice is always in sight, and a screen is never emptier than it must be") {
    ListPicker picker(names, Typing::filters);
    CHECK(picker.in_sight(3) == Entries{0, 1, 2});
    picker.press({KeyKind::end});
    CHECK(picker.in_sight(3) == Entries{2, 3, 4});
    picker.press({KeyKind::up});
    CHECK(picker.in_sight(3) == Entries{2, 3, 4});
    CHECK(picker.in_sight(1) == Entries{3});
    CHECK(picker.in_sight(10) == Entries{0, 1, 2, 3, 4});
    picker.press({KeyKind::home});
    CHECK(picker.in_sight(2) == Entries{0, 1});
}

TEST_CASE("every word that is typed has to occur, in any case and order") {
    ListPicker picker(names, Typing::filters);
    type(picker, "LAP bo");
    CHECK(picker.in_sight(5) == Entries{1});
    CHECK(picker.chosen() == 1);
    picker.press({KeyKind::erase_line});
    CHECK(picker.matching() == names.size());
    CHECK(picker.chosen() == 1);  // whoever was found stays chosen
    type(picker, "carol");
    CHECK(picker.in_sight(5) == Entries{3});
}

TEST_CASE("a code is found by a piece of it, and not by its letters") {
    ListPicker picker(names, Typing::filters);
    type(picker, "4F0Q");
    CHECK(picker.in_sight(5) == Entries{3});
    picker.press({KeyKind::backspace});
    CHECK(picker.matching() == 0);
}

TEST_CASE("where typing filters, letters and digits are no commands") {
    ListPicker picker(names, Typing::filters);
    CHECK(type(picker, "q") == Outcome::going_on);
    CHECK(picker.in_sight(5) == Entries{4});
    picker.press({KeyKind::backspace});
    CHECK(type(picker, "1") == Outcome::going_on);
    CHECK(picker.matching() == 0);
}

TEST_CASE("nothing can be chosen where the filter lets nothing through") {
    ListPicker picker(names, Typing::filters);
    type(picker, "zzz");
    CHECK(picker.in_sight(5).empty());
    CHECK_FALSE(picker.chosen());
    picker.press({KeyKind::down});
    CHECK(picker.press({KeyKind::enter}) == Outcome::going_on);
}

TEST_CASE("Escape takes the filter away first, then goes back; the end of input goes back at once") {
    ListPicker picker(names, Typing::filters);
    type(picker, "bob");
    CHECK(picker.press({KeyKind::escape}) == Outcome::going_on);
    CHECK(picker.matching() == names.size());
    CHECK(picker.press({KeyKind::escape}) == Outcome::back);
    type(picker, "bob");
    CHECK(picker.press({KeyKind::end_of_input}) == Outcome::back);
}

TEST_CASE("where typing moves, j and k move, a digit chooses and q goes back") {
    ListPicker picker(names, Typing::moves);
    type(picker, "jj");
    CHECK(picker.chosen() == 2);
    type(picker, "k");
    CHECK(picker.chosen() == 1);
    CHECK(type(picker, "4") == Outcome::chosen);
    CHECK(picker.chosen() == 3);
    CHECK(type(picker, "6") == Outcome::going_on);
    CHECK(type(picker, "0") == Outcome::going_on);
    CHECK(type(picker, "x") == Outcome::going_on);
    CHECK(picker.press({KeyKind::paste, "2"}) == Outcome::going_on);
    CHECK(picker.chosen() == 3);
    CHECK(type(picker, "q") == Outcome::back);
}

TEST_CASE("a list without entries can only be left") {
    ListPicker picker(std::vector<Searched>(), Typing::moves);
    CHECK(picker.in_sight(5).empty());
    CHECK(picker.press({KeyKind::enter}) == Outcome::going_on);
    picker.press({KeyKind::end});
    CHECK(picker.press({KeyKind::escape}) == Outcome::back);
}

}  // namespace
}  // namespace aihub::cli
