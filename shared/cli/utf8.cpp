#include "shared/cli/utf8.hpp"

#include <algorithm>
#include <clocale>
#include <cwchar>

namespace aihub::cli {
namespace {

// wcwidth() speaks of the locale of its thread: it is lent one that knows Unicode.
class UnicodeLocale {
public:
    UnicodeLocale() : before_(::uselocale(unicode())) {}
    ~UnicodeLocale() { ::uselocale(before_); }
    UnicodeLocale(const UnicodeLocale&) = delete;
    UnicodeLocale& operator=(const UnicodeLocale&) = delete;

private:
    static locale_t unicode() {
        static const locale_t made = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
        return made;  // none on a system without it: the locale stays as it is
    }
    locale_t before_;
};

// -1 for what is no character to be shown.
int width_of(const CodePoint& point) {
    if (!point.valid) return -1;
    if (point.value >= 0x20 && point.value < 0x7F) return 1;
    return ::wcwidth(static_cast<wchar_t>(point.value));
}

std::size_t columns_of(const CodePoint& point) {
    int width = width_of(point);
    return width < 0 ? 1 : static_cast<std::size_t>(width);
}

// They let a name look like another one.
bool turns_direction(char32_t value) {
    return (value >= 0x202A && value <= 0x202E) || (value >= 0x2066 && value <= 0x2069) || value == 0x200E ||
           value == 0x200F || value == 0x061C;
}

bool is_fit(const CodePoint& point, bool utf8) {
    if (width_of(point) < 0 || turns_direction(point.value)) return false;
    return utf8 || point.value < 0x80;
}

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

char32_t lowest_of_length(std::size_t length) {
    constexpr char32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
    return lowest[length];
}

// Bytes of the beginning that fit into `width` columns.
std::size_t prefix_that_fits(std::string_view text, std::size_t width) {
    std::size_t end = 0;
    std::size_t used = 0;
    while (end < text.size()) {
        CodePoint point = first_code_point(text.substr(end));
        used += columns_of(point);
        if (used > width) break;
        end += point.length;
    }
    return end;
}

// Where a line that starts `text` ends: at a blank if it can, and at least one character on.
std::size_t end_of_line(std::string_view text, std::size_t width) {
    std::size_t end = prefix_that_fits(text, width);
    if (end == text.size() || text[end] == ' ') return end;
    std::size_t blank = text.substr(0, end).rfind(' ');
    if (blank != std::string_view::npos && blank > 0) return blank;
    return end > 0 ? end : first_code_point(text).length;
}

}  // namespace

std::size_t length_by_lead(char lead) {
    auto byte = static_cast<unsigned char>(lead);
    if (byte < 0x80) return 1;
    if (byte >= 0xC2 && byte < 0xE0) return 2;
    if (byte >= 0xE0 && byte < 0xF0) return 3;
    if (byte >= 0xF0 && byte < 0xF5) return 4;
    return 0;
}

CodePoint first_code_point(std::string_view text) {
    std::size_t length = length_by_lead(text.front());
    auto lead = static_cast<unsigned char>(text.front());
    if (length == 1) return {lead, 1, true};
    if (length == 0 || text.size() < length) return {};
    char32_t value = lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if (!is_continuation(text[i])) return {};
        value = (value << 6) | (static_cast<unsigned char>(text[i]) & 0x3FU);
    }
    bool surrogate = value >= 0xD800 && value < 0xE000;
    if (value < lowest_of_length(length) || surrogate || value > 0x10FFFF) return {};
    return {value, length, true};
}

std::size_t display_width(std::string_view text) {
    if (std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; }))
        return text.size();
    UnicodeLocale locale;
    std::size_t width = 0;
    while (!text.empty()) {
        CodePoint point = first_code_point(text);
        width += columns_of(point);
        text.remove_prefix(point.length);
    }
    return width;
}

std::string for_terminal(std::string_view text, bool utf8) {
    UnicodeLocale locale;
    std::string fit;
    while (!text.empty()) {
        CodePoint point = first_code_point(text);
        fit.append(is_fit(point, utf8) ? text.substr(0, point.length) : "?");
        text.remove_prefix(point.length);
    }
    return fit;
}

std::string clipped(std::string_view text, std::size_t width, std::string_view ellipsis) {
    if (display_width(text) <= width) return std::string(text);
    std::size_t taken = display_width(ellipsis);
    if (taken > width) return {};
    UnicodeLocale locale;
    return std::string(text.substr(0, prefix_that_fits(text, width - taken))).append(ellipsis);
}

std::string fitted(std::string_view text, std::size_t width, std::string_view ellipsis) {
    std::string piece = clipped(text, width, ellipsis);
    return piece.append(width - display_width(piece), ' ');
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
    UnicodeLocale locale;
    std::vector<std::string> lines;
    do {
        std::size_t end = end_of_line(text, width);
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    } while (!text.empty());
    return lines;
}

}  // namespace aihub::cli
