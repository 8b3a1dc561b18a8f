#include "shared/base/glob.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using aihub::matches_glob;

TEST_CASE("a star stands for any text, also for none, and case does not matter") {
    CHECK(matches_glob("qwen3:8b", "qwen3:8b"));
    CHECK(matches_glob("Qwen3:8B", "qwen*"));
    CHECK(matches_glob("qwen", "qwen*"));
    CHECK(matches_glob("lmstudio/qwen3", "*/qwen3"));
    CHECK(matches_glob("abcabc", "a*bc"));
    CHECK(matches_glob("", "*"));
    CHECK_FALSE(matches_glob("qwen3:8b", "qwen3"));
    CHECK_FALSE(matches_glob("xqwen3", "qwen*"));
    CHECK_FALSE(matches_glob("abcab", "a*bc"));
    CHECK_FALSE(matches_glob("a", ""));
    CHECK(matches_glob("", ""));
}

TEST_CASE("of several patterns one must fit, and of none none does") {
    std::vector<std::string> patterns = {"small-*", "big"};
    CHECK(aihub::matches_any_glob("small-1", patterns));
    CHECK(aihub::matches_any_glob("big", patterns));
    CHECK_FALSE(aihub::matches_any_glob("bigger", patterns));
    CHECK_FALSE(aihub::matches_any_glob("big", {}));
}

TEST_CASE("a pattern of many stars takes no exponential time") {
    std::string text(2000, 'a');
    std::string pattern;
    for (int i = 0; i < 200; ++i) pattern += "a*";
    CHECK_FALSE(matches_glob(text, pattern + "b"));
}
