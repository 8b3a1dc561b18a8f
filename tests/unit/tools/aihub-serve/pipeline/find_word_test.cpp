#include "tools/aihub-serve/pipeline/find_word.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <string>

namespace aihub::serve {
namespace {

TEST_CASE("a word is found wherever it stands, also at the very end") {
    const std::string word = "\"usage\"";
    for (std::size_t before = 0; before < 40; ++before)
        for (std::size_t after = 0; after < 20; ++after) {
            std::string text = std::string(before, '"') + word + std::string(after, 'u');
            INFO(text);
            CHECK(find_word(text, word) == before);
            CHECK(find_word(text, word, before) == before);
            CHECK(find_word(text, word, before + 1) == std::string_view::npos);
        }
}

TEST_CASE("a text that ends within the word, and a place behind the text, hold none") {
    for (std::size_t size = 0; size < 7; ++size)
        for (std::size_t before = 0; before < 20; ++before)
            CHECK(find_word(std::string(before, ' ') + std::string("\"usage\"").substr(0, size),
                            "\"usage\"") == std::string_view::npos);
    CHECK(find_word("\"usage\"", "\"usage\"", 100) == std::string_view::npos);
}

TEST_CASE("texts of few letters, full of what is nearly the word, are searched as a plain search does") {
    std::mt19937 random(7);
    const std::string letters = "\"ua\x80\xA2";
    for (int round = 0; round < 20'000; ++round) {
        std::string text(random() % 60, ' ');
        for (char& c : text) c = letters[random() % letters.size()];
        std::string word(2 + random() % 4, ' ');
        for (char& c : word) c = letters[random() % letters.size()];
        std::size_t from = random() % 64;
        INFO(text << " holds " << word << " from " << from);
        REQUIRE(find_word(text, word, from) == std::string_view(text).find(word, from));
    }
}

}  // namespace
}  // namespace aihub::serve
