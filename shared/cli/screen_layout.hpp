// Who gets the rows of a screen when there are too few, and the columns of a table. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace aihub::cli {

// Rows of a screen from which something is chosen: asked for, and granted.
struct PickerRows {
    std::size_t message = 0;  // what was done before
    std::size_t question = 1;
    std::size_t filter = 0;
    std::size_t titles = 0;  // above the columns
    std::size_t entries = 0;
    std::size_t footer = 1;
};
// A row for an entry comes first, then the question, the filter, some entries, and what is nice to have.
PickerRows share_rows(const PickerRows& wanted, std::size_t rows);

// Widths of columns that together, with `gap` between them, fit into `room`: the widest ones give way first;
// when that makes them unreadable the last columns are left out (width 0), never the first one.
std::vector<std::size_t> share_columns(std::vector<std::size_t> wanted, std::size_t room, std::size_t gap);

}  // namespace aihub::cli
