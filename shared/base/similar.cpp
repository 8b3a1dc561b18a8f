#include "shared/base/similar.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "shared/base/strings.hpp"

namespace aihub {
namespace {

// A longer word is nothing that a person mistyped; the bound keeps the table below small.
constexpr std::size_t longest_word = 64;
constexpr std::size_t shortest_beginning = 3;  // "exp" for "expires" is as good as one wrong letter

}  // namespace

// Optimal string alignment: three rows of the table are enough, since a swap reaches back two.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::string left = to_lower(a);
    std::string right = to_lower(b);
    std::vector<std::size_t> before(right.size() + 1), above(right.size() + 1), row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= left.size(); ++i) {
        before = std::exchange(above, row);
        row[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            std::size_t replaced = above[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
            bool swapped = i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
    }
    return row.back();
}

std::optional<std::string_view> most_similar(std::string_view word,
                                             std::span<const std::string_view> candidates) {
    if (word.empty() || word.size() > longest_word) return std::nullopt;
    std::optional<std::string_view> best;
    std::size_t nearest = word.size() / 3 + 2;  // a distance that is no likeness any more
    for (std::string_view candidate : candidates) {
        bool begun = word.size() >= shortest_beginning && istarts_with(candidate, word);
        std::size_t distance = begun ? 1 : edit_distance(word, candidate);
        if (distance >= nearest || distance >= candidate.size()) continue;
        nearest = distance;
        best = candidate;
    }
    return best;
}

}  // namespace aihub
