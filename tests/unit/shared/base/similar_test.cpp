#include "shared/base/similar.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <string>

namespace aihub {
namespace {

TEST_CASE("the distance counts letters that are added, removed, replaced or swapped") {
    CHECK(edit_distance("list", "list") == 0);
    CHECK(edit_distance("list", "LIST") == 0);
    CHECK(edit_distance("lst", "list") == 1);
    CHECK(edit_distance("liist", "list") == 1);
    CHECK(edit_distance("lost", "list") == 1);
    CHECK(edit_distance("lits", "list") == 1);
    CHECK(edit_distance("", "list") == 4);
    CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("a guess is the nearest word, or none when nothing is near") {
    constexpr std::array<std::string_view, 4> words = {"add", "list", "delete", "gateway_port"};
    CHECK(most_similar("lits", words) == "list");
    CHECK(most_similar("delte", words) == "delete");
    CHECK(most_similar("gateway_prot", words) == "gateway_port");
    CHECK(most_similar("ad", words) == "add");
    CHECK(most_similar("gat", words) == "gateway_port");
    CHECK_FALSE(most_similar("x", words));
    CHECK_FALSE(most_similar("", words));
    CHECK_FALSE(most_similar("restart", words));
    CHECK_FALSE(most_similar(std::string(10'000, 'l'), words));
}

}  // namespace
}  // namespace aihub
