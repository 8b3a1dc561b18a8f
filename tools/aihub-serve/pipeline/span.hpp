// Where something stands in a text, and what is to stand there instead.
#pragma once

#include <cstdint>
#include <string>

namespace aihub::serve {

// Bytes from the text's start.
struct Span {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;

    std::uint64_t size() const { return end - begin; }
};

struct Edit {
    Span span;  // empty: an insertion before the byte at `begin`
    std::string text;
};

}  // namespace aihub::serve
