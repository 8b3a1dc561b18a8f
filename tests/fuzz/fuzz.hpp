// What the fuzz targets share. A target checks properties, not only that nothing crashes: a broken one aborts
// with its name.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace aihub::fuzz {

inline void require(bool holds, const char* property) {
    if (holds) return;
    std::fprintf(stderr, "property does not hold: %s\n", property);
    std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return std::string_view(reinterpret_cast<const char*>(data), size);
}

// Calls `take` with the text in pieces whose sizes follow from the text itself: what is read incrementally
// must give the same whatever the pieces are.
template <typename Take>
void in_pieces(std::string_view text, Take take) {
    std::size_t step = text.empty() ? 1 : 1 + static_cast<unsigned char>(text.back()) % 7;
    while (!text.empty()) {
        std::size_t size = std::min(step, text.size());
        take(text.substr(0, size));
        text.remove_prefix(size);
        step = 1 + step * 5 % 11;
    }
}

}  // namespace aihub::fuzz
