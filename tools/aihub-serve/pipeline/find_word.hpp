// Looks for a word in a piece of a reply, by its first two letters at sixteen places at a time. Words of JSON
// begin with a quote, of which every piece is full: a search for the first letter alone, as std::string_view
// makes it, would stop at each.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace aihub::serve {

// Compared all at once: -1 where two letters are equal, else 0.
using SixteenLetters = char __attribute__((vector_size(16)));

inline SixteenLetters letters_at(const char* text) {
    SixteenLetters letters;
    std::memcpy(&letters, text, sizeof letters);
    return letters;
}

// `word` has two letters at least.
inline std::size_t find_word(std::string_view text, std::string_view word, std::size_t from = 0) {
    constexpr std::size_t width = sizeof(SixteenLetters);
    const SixteenLetters first = SixteenLetters{} + word[0];
    const SixteenLetters second = SixteenLetters{} + word[1];
    for (; from + width < text.size(); from += width) {
        const char* here = text.data() + from;
        auto begins = (letters_at(here) == first) & (letters_at(here + 1) == second);
        auto halves = std::bit_cast<std::array<std::uint64_t, 2>>(begins);
        if ((halves[0] | halves[1]) == 0) continue;
        std::size_t at = text.substr(from, width + word.size() - 1).find(word);
        if (at != std::string_view::npos) return from + at;
    }
    return text.find(word, from);
}

}  // namespace aihub::serve
