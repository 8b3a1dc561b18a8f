#include "shared/cli/screen_layout.hpp"

#include <catch2/catch.hpp>
#include <numeric>

namespace aihub::cli {
namespace {

using Widths = std::vector<std::size_t>;

std::size_t sum(const PickerRows& rows) {
    return rows.message + rows.question + rows.filter + rows.titles + rows.entries + rows.footer;
}

TEST_CASE("everything has its rows where there are enough") {
    PickerRows rows = share_rows({.message = 2, .filter = 1, .titles = 1, .entries = 7}, 24);
    CHECK(rows.message == 2);
    CHECK(rows.question == 1);
    CHECK(rows.filter == 1);
    CHECK(rows.titles == 1);
    CHECK(rows.entries == 7);
    CHECK(rows.footer == 1);
}

TEST_CASE("rows are never more than the screen has, and the first is an entry's") {
    for (std::size_t height = 1; height < 40; ++height) {
        PickerRows rows = share_rows({.message = 3, .filter = 1, .titles = 1, .entries = 100}, height);
        CHECK(sum(rows) == height);
        CHECK(rows.entries >= 1);
    }
}

TEST_CASE("on ten rows the five entries of a menu, its question and a message of two lines are seen") {
    PickerRows rows = share_rows({.message = 3, .entries = 5}, 10);
    CHECK(rows.entries == 5);
    CHECK(rows.question == 1);
    CHECK(rows.message == 3);
    CHECK(rows.footer == 1);
}

TEST_CASE("columns that fit are as wide as they want to be") {
    CHECK(share_columns({5, 10, 3}, 22, 2) == Widths{5, 10, 3});
}

TEST_CASE("the widest columns give way first") {
    CHECK(share_columns({5, 30, 20}, 34, 2) == Widths{5, 12, 13});
}

TEST_CASE("columns are left out from the end before the others become unreadable") {
    CHECK(share_columns({20, 20, 20, 20}, 30, 2) == Widths{8, 9, 9, 0});
    CHECK(share_columns({20, 20}, 10, 2) == Widths{10, 0});
    CHECK(share_columns({20}, 6, 2) == Widths{6});
    CHECK(share_columns({20, 3}, 0, 2) == Widths{0, 0});
    CHECK(share_columns({}, 10, 2).empty());
}

}  // namespace
}  // namespace aihub::cli
