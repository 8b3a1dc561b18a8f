#include "shared/cli/screen_layout.hpp"

#include <algorithm>
#include <numeric>

namespace aihub::cli {
namespace {

constexpr std::size_t some_entries = 5;
constexpr std::size_t readable_width = 8;

class Rows {
public:
    explicit Rows(std::size_t left) : left_(left) {}
    // Up to `wanted` in all, of which `granted` were given before.
    void grant(std::size_t& granted, std::size_t wanted) {
        std::size_t more = std::min(wanted - std::min(granted, wanted), left_);
        granted += more;
        left_ -= more;
    }

private:
    std::size_t left_;
};

std::size_t total(const std::vector<std::size_t>& widths, std::size_t gap) {
    if (widths.empty()) return 0;
    return std::accumulate(widths.begin(), widths.end(), gap * (widths.size() - 1));
}

// Makes the widest columns narrower, a column at a time, down to what is readable.
bool shrink(std::vector<std::size_t>& widths, std::size_t room, std::size_t gap) {
    for (std::size_t used = total(widths, gap); used > room; --used) {
        auto widest = std::max_element(widths.begin(), widths.end());
        if (*widest <= readable_width) return false;
        --*widest;
    }
    return true;
}

}  // namespace

PickerRows share_rows(const PickerRows& wanted, std::size_t rows) {
    PickerRows granted{.message = 0, .question = 0, .filter = 0, .titles = 0, .entries = 0, .footer = 0};
    Rows left(rows);
    left.grant(granted.entries, std::min<std::size_t>(wanted.entries, 1));
    left.grant(granted.question, wanted.question);
    left.grant(granted.filter, wanted.filter);
    left.grant(granted.entries, std::min(wanted.entries, some_entries));
    left.grant(granted.message, wanted.message);
    left.grant(granted.titles, wanted.titles);
    left.grant(granted.footer, wanted.footer);
    left.grant(granted.entries, wanted.entries);
    return granted;
}

std::vector<std::size_t> share_columns(std::vector<std::size_t> wanted, std::size_t room, std::size_t gap) {
    std::size_t columns = wanted.size();
    std::vector<std::size_t> widths = wanted;
    while (!shrink(widths, room, gap) && wanted.size() > 1) {
        wanted.pop_back();
        widths = wanted;
    }
    if (wanted.size() == 1) widths = {std::min(wanted.front(), room)};
    widths.resize(columns, 0);
    return widths;
}

}  // namespace aihub::cli
