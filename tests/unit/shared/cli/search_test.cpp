#include "shared/cli/search.hpp"

#include <catch2/catch.hpp>

namespace aihub::cli {
namespace {

bool finds(const Searched& entry, std::string_view typed) {
    return is_found(entry, search_words(typed));
}

TEST_CASE("every word has to occur in a name, in any order and case") {
    Searched entry{"Bob Laptop"};
    CHECK(finds(entry, ""));
    CHECK(finds(entry, "  "));
    CHECK(finds(entry, "TOP bo"));
    CHECK_FALSE(finds(entry, "bob phone"));
}

TEST_CASE("codes are found by four characters or more") {
    Searched entry{"bob", "ahk_...x7Qz 0123456789ab"};
    CHECK(finds(entry, "x7qz"));
    CHECK(finds(entry, "bob 0123"));
    CHECK_FALSE(finds(entry, "x7q"));
    CHECK_FALSE(finds(entry, "9"));
}

}  // namespace
}  // namespace aihub::cli
