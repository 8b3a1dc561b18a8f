// Choosing one of many entries with the keyboard: where the choice stands, what is filtered out, what is in
// sight. Pure state; one thread.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "shared/cli/keys.hpp"
#include "shared/cli/line_editor.hpp"
#include "shared/cli/search.hpp"

namespace aihub::cli {

class ListPicker {
public:
    // Whether what is typed filters the entries; else j and k move, digits choose, and q goes back.
    enum class Typing { filters, moves };
    enum class Outcome { going_on, chosen, back };

    // `entries`: what the filter looks into.
    ListPicker(std::vector<Searched> entries, Typing typing);

    Outcome press(const Key& key);

    // The entry that is chosen now; nothing when the filter lets none through.
    std::optional<std::size_t> chosen() const;
    // Entries in sight when there is room for `rows`, the chosen one among them.
    std::vector<std::size_t> in_sight(std::size_t rows);
    std::size_t matching() const { return matching_.size(); }
    const LineEditor& filter() const { return filter_; }
    bool filters() const { return typing_ == Typing::filters; }
    // Moves to this entry, when the filter lets it through.
    void stand_on(std::size_t entry);

private:
    Outcome press_letter(const Key& key);
    Outcome leave_or_clear();
    void move(std::ptrdiff_t by);
    bool edit_filter(const Key& key);
    void apply_filter();

    std::vector<Searched> entries_;
    Typing typing_;
    LineEditor filter_;
    std::vector<std::size_t> matching_;  // entries that the filter lets through
    std::size_t place_ = 0;              // of the chosen one, in matching_
    std::size_t top_ = 0;                // first one in sight, in matching_
    std::size_t page_ = 1;               // rows at the last look
};

}  // namespace aihub::cli
