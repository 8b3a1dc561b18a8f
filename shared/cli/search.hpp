// What a filter looks into. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aihub::cli {

struct Searched {
    std::string names;  // any part of them is found
    std::string codes =
        {};  // such as identifiers: found by a long piece, or every letter would be found in them
};

// Words of a filter, in lower case.
std::vector<std::string> search_words(std::string_view typed);
// Every word has to occur, in any order and case.
bool is_found(const Searched& entry, const std::vector<std::string>& words);

}  // namespace aihub::cli
