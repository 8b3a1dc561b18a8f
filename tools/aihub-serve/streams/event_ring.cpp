#include "tools/aihub-serve/streams/event_ring.hpp"

namespace aihub::serve {

void EventRing::add(std::string text, std::uint64_t number) {
    entries_.push_back({std::move(text), number});
    if (number > 0) last_ = number;
    bytes_ += entries_.back().cost();
    waiting_bytes_ += entries_.back().cost();
    while (bytes_ > capacity_ && taken_ > 0) forget_oldest();
}

void EventRing::forget_oldest() {
    bytes_ -= entries_.front().cost();
    entries_.pop_front();
    --taken_;
}

void EventRing::take(std::string& out, std::size_t most) {
    while (has_waiting() && out.size() < most) {
        const Entry& entry = entries_[taken_++];
        out += entry.text;
        waiting_bytes_ -= entry.cost();
    }
}

std::uint64_t EventRing::oldest() const {
    for (const Entry& entry : entries_)
        if (entry.number > 0) return entry.number;
    return last_ + 1;
}

bool EventRing::seek(std::uint64_t after) {
    if (after > last_ || after + 1 < oldest()) return false;
    std::size_t first = entries_.size();
    waiting_bytes_ = 0;
    while (first > 0 && (entries_[first - 1].number == 0 || entries_[first - 1].number > after))
        waiting_bytes_ += entries_[--first].cost();
    taken_ = first;
    return true;
}

}  // namespace aihub::serve
