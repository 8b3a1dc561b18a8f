// A piece of a long list. Plain values.
#pragma once

#include <cstdint>

namespace aihub::db {

// Pages go by the numbers of what is listed, so that nothing is met twice or left out when a list changes
// between two of them.
struct Page {
    std::int64_t after = 0;   // the number of the last one of the page before; 0: from the beginning
    std::int64_t limit = -1;  // how many; -1: all
};

}  // namespace aihub::db
