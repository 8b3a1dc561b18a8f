// Text as a terminal shows it: code points, their width in columns, and pieces that fit into so many columns.
// Pure; any thread. Widths are those of Unicode, whatever the locale is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::cli {

struct CodePoint {
    char32_t value = 0;
    std::size_t length = 1;  // bytes
    bool valid = false;      // else one byte that begins no UTF-8
};
// The first one of a text that is not empty. What is cut off at the end is not valid.
CodePoint first_code_point(std::string_view text);
// How many bytes the character takes that begins with this byte; 0 when none does.
std::size_t length_by_lead(char lead);

// Columns on a terminal: wide characters have two, marks that combine with others none.
std::size_t display_width(std::string_view text);

// Fit for a terminal: control characters, broken bytes and marks that turn the direction of text become "?",
// and so does everything but ASCII where the terminal takes nothing else.
std::string for_terminal(std::string_view text, bool utf8);

// At most `width` columns; `ellipsis` ends what was cut. Nothing when not even that fits.
std::string clipped(std::string_view text, std::size_t width, std::string_view ellipsis);
// The same, and blanks up to `width`.
std::string fitted(std::string_view text, std::size_t width, std::string_view ellipsis);
// Lines of at most `width` columns, broken at blanks where there are any. An empty text is one empty line.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

}  // namespace aihub::cli
