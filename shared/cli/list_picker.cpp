#include "shared/cli/list_picker.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/strings.hpp"

namespace aihub::cli {

ListPicker::ListPicker(std::vector<Searched> entries, Typing typing)
    : entries_(std::move(entries)), typing_(typing) {
    apply_filter();
}

std::optional<std::size_t> ListPicker::chosen() const {
    return matching_.empty() ? std::nullopt : std::optional(matching_[place_]);
}

void ListPicker::stand_on(std::size_t entry) {
    auto found = std::find(matching_.begin(), matching_.end(), entry);
    if (found != matching_.end()) place_ = static_cast<std::size_t>(found - matching_.begin());
}

void ListPicker::apply_filter() {
    std::optional<std::size_t> stood_on = chosen();
    std::vector<std::string> words = search_words(filter_.text());
    matching_.clear();
    for (std::size_t entry = 0; entry < entries_.size(); ++entry)
        if (is_found(entries_[entry], words)) matching_.push_back(entry);
    place_ = top_ = 0;
    if (stood_on) stand_on(*stood_on);
}

std::vector<std::size_t> ListPicker::in_sight(std::size_t rows) {
    page_ = std::max<std::size_t>(rows, 1);
    std::size_t last_top = matching_.size() - std::min(matching_.size(), rows);
    std::size_t lowest = place_ + 1 > rows ? place_ + 1 - rows : 0;
    top_ = std::clamp(top_, std::min(lowest, last_top), std::min(place_, last_top));
    auto first = matching_.begin() + static_cast<std::ptrdiff_t>(top_);
    std::size_t count = std::min(rows, matching_.size() - top_);
    return {first, first + static_cast<std::ptrdiff_t>(count)};
}

void ListPicker::move(std::ptrdiff_t by) {
    if (matching_.empty()) return;
    auto last = static_cast<std::ptrdiff_t>(matching_.size()) - 1;
    place_ = static_cast<std::size_t>(
        std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(place_) + by, 0, last));
}

// A filter that one has typed is more than a menu that one has opened: it goes first.
ListPicker::Outcome ListPicker::leave_or_clear() {
    if (filter_.text().empty()) return Outcome::back;
    filter_.clear();
    apply_filter();
    return Outcome::going_on;
}

bool ListPicker::edit_filter(const Key& key) {
    if (!filters()) return false;
    std::string before = filter_.text();
    bool edited = filter_.press(key);
    if (filter_.text() != before) apply_filter();
    return edited;
}

ListPicker::Outcome ListPicker::press_letter(const Key& key) {
    if (key.is("q")) return Outcome::back;
    if (key.is("j")) move(1);
    if (key.is("k")) move(-1);
    std::size_t number = parse_unsigned(key.text).value_or(0);
    if (number < 1 || number > matching_.size()) return Outcome::going_on;
    place_ = number - 1;
    return Outcome::chosen;
}

ListPicker::Outcome ListPicker::press(const Key& key) {
    auto page = static_cast<std::ptrdiff_t>(page_);
    switch (key.kind) {
        case KeyKind::enter:
            return matching_.empty() ? Outcome::going_on : Outcome::chosen;
        case KeyKind::escape:
            return leave_or_clear();
        case KeyKind::end_of_input:
            return Outcome::back;
        case KeyKind::up:
            return move(-1), Outcome::going_on;
        case KeyKind::down:
        case KeyKind::tab:
            return move(1), Outcome::going_on;
        case KeyKind::page_up:
            return move(-page), Outcome::going_on;
        case KeyKind::page_down:
            return move(page), Outcome::going_on;
        case KeyKind::home:
            return move(PTRDIFF_MIN / 2), Outcome::going_on;
        case KeyKind::end:
            return move(PTRDIFF_MAX / 2), Outcome::going_on;
        case KeyKind::text:
            if (!filters()) return press_letter(key);
            [[fallthrough]];
        default:
            return edit_filter(key), Outcome::going_on;
    }
}

}  // namespace aihub::cli
