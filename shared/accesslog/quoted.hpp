// Where a quoted text ends. Pure; in line, since every text of every line is looked at.
#pragma once

#include <bit>
#include <cstring>

#include "shared/base/eight_bytes.hpp"

namespace aihub::accesslog {

// The first quote or backslash in [at, end), or end.
inline const char* find_quote_or_backslash(const char* at, const char* end) {
    using namespace eight_bytes;
    for (; end - at >= static_cast<std::ptrdiff_t>(width); at += width) {
        std::uint64_t word = load(std::string_view(at, width), 0);
        if (std::uint64_t found = equal_bytes(word, '"') | equal_bytes(word, '\\'))
            return at + first_byte(found);
    }
    while (at != end && *at != '"' && *at != '\\') ++at;
    return at;
}

struct Quoted {
    const char* end;  // its closing quote, or the end of the line when there is none
    bool escaped;     // whether there is a backslash in it
};

// Of the text that begins at `at`, behind its opening quote.
inline Quoted end_of_quoted(const char* at, const char* end) {
    at = find_quote_or_backslash(at, end);
    if (at == end || *at == '"') return {at, false};
    while (at != end && *at != '"') {
        if (end - at < 2) return {end, true};
        at = find_quote_or_backslash(at + (*at == '\\' ? 2 : 0), end);
    }
    return {at, true};
}

}  // namespace aihub::accesslog
