#include "shared/base/glob.hpp"

#include <algorithm>

#include "shared/base/strings.hpp"

namespace aihub {

// Only the last star is ever tried again: what an earlier one took can stay as it is.
bool matches_glob(std::string_view text, std::string_view pattern) {
    std::size_t at = 0;
    std::size_t in_pattern = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;
    while (at < text.size()) {
        if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
            star = in_pattern++;
            resume = at;
        } else if (in_pattern < pattern.size() &&
                   iequals(text.substr(at, 1), pattern.substr(in_pattern, 1))) {
            ++at;
            ++in_pattern;
        } else if (star != std::string_view::npos) {
            in_pattern = star + 1;
            at = ++resume;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', in_pattern) == std::string_view::npos;
}

bool matches_any_glob(std::string_view text, std::span<const std::string> patterns) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [text](const std::string& pattern) { return matches_glob(text, pattern); });
}

}  // namespace aihub
