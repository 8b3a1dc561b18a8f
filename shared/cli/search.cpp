#include "shared/cli/search.hpp"

#include <algorithm>

#include "shared/base/strings.hpp"

namespace aihub::cli {
namespace {

constexpr std::size_t piece_of_a_code = 4;  // as many characters of a token are shown

bool has(const std::string& text, const std::string& word) {
    return std::search(text.begin(), text.end(), word.begin(), word.end(), [](char a, char b) {
               return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b;
           }) != text.end();
}

}  // namespace

std::vector<std::string> search_words(std::string_view typed) {
    return split_list(to_lower(typed), ' ');
}

bool is_found(const Searched& entry, const std::vector<std::string>& words) {
    return std::all_of(words.begin(), words.end(), [&](const std::string& word) {
        return has(entry.names, word) || (word.size() >= piece_of_a_code && has(entry.codes, word));
    });
}

}  // namespace aihub::cli
