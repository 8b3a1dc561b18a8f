// The last events of a stream: those that nobody has taken yet, and, as far as there is room, those that were
// taken last, so that they can be had once more. Bounded in bytes. Not locked: its stream does that.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

namespace aihub::serve {

class EventRing {
public:
    explicit EventRing(std::size_t capacity) : capacity_(capacity) {}

    // Half of the ring is for events that wait to be taken; the other half always stays for those that were,
    // because what a lost connection had in flight must still be here.
    bool has_room() const { return waiting_bytes_ == 0 || waiting_bytes_ < capacity_ / 2; }
    std::size_t longest_event() const { return capacity_ / 2; }

    // `number` counts from 1, one more each time; 0 for a comment, which belongs to no event.
    void add(std::string text, std::uint64_t number);

    // Appends the events that wait to `out`, until that has `most` bytes or none is left.
    void take(std::string& out, std::size_t most);
    bool has_waiting() const { return taken_ < entries_.size(); }

    // The events after this number wait again, and no others. False, and nothing happens, unless all of them
    // are here.
    bool seek(std::uint64_t after);
    std::uint64_t last() const { return last_; }
    // Number of the oldest event that is here, or that of the next one.
    std::uint64_t oldest() const;

    std::size_t bytes() const { return bytes_; }

private:
    struct Entry {
        std::string text;
        std::uint64_t number;

        std::size_t cost() const { return text.capacity() + sizeof(Entry); }
    };

    void forget_oldest();

    std::size_t capacity_;
    std::deque<Entry> entries_;
    std::size_t taken_ = 0;  // so many at the front
    std::size_t bytes_ = 0;
    std::size_t waiting_bytes_ = 0;
    std::uint64_t last_ = 0;
};

}  // namespace aihub::serve
