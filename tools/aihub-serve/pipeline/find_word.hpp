// Looks for a word in a piece of a reply. Words of JSON begin with a quote, of which every piece is full: a
// search for the first letter, as std::string_view makes it, would stop at each.
#pragma once

#include <cstring>
#include <string_view>

namespace aihub::serve {

inline std::size_t find_word(std::string_view text, std::string_view word, std::size_t from = 0) {
    if (from >= text.size()) return std::string_view::npos;
    const void* found = ::memmem(text.data() + from, text.size() - from, word.data(), word.size());
    return found ? static_cast<std::size_t>(static_cast<const char*>(found) - text.data())
                 : std::string_view::npos;
}

}  // namespace aihub::serve
