// A stream of events that outlives the connection of who asked for it: a pump fills it, one taker at a time
// empties it, and a taker that lost its connection is followed by another. Shared by the store, its pump and
// its taker, which may run on different loops: any thread.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "shared/base/units.hpp"
#include "tools/aihub-serve/streams/event_ring.hpp"
#include "tools/aihub-serve/streams/event_splitter.hpp"
#include "tools/aihub-serve/streams/side.hpp"

namespace aihub::serve {

// Whose stream it is; both empty without keys.
struct Owner {
    std::int64_t user_id = 0;
    std::string user;

    bool operator==(const Owner&) const = default;
};

class ResumableStream {
public:
    enum class Course { starting, running, complete, broken };
    enum class Seating { seated, too_old, beyond, nothing_left };

    // What a taker is to write next.
    struct Portion {
        std::string text;
        Course course = Course::running;  // not running: no more will come after the text
        bool is_mine = true;              // false: another taker has followed, or the stream was ended
    };

    // For whoever lists streams.
    struct View {
        std::string id;
        std::string model;
        std::int64_t started_ms = 0;  // wall clock
        std::uint64_t events = 0;
        std::uint64_t oldest = 0;  // that can still be had
        Course course = Course::starting;
        bool connected = false;
    };

    // `window`: how long it waits for the next taker.
    ResumableStream(std::string id, Owner owner, std::size_t capacity, Milliseconds window);

    const std::string& id() const { return id_; }
    const Owner& owner() const { return owner_; }
    std::size_t longest_event() const;

    // --- The pump
    // From now on it can be listed and taken from.
    void begin(const std::shared_ptr<Side>& pump, std::string model, std::string content_type);
    // Adds an event with a number of its own; comments only while somebody listens, since they are all about
    // the connection.
    void add(const SplitEvent& event);
    // The last lines of a reply that ends without an empty one.
    void add_unfinished(std::string_view text);
    bool has_room() const;
    void end(Course course);

    // --- A taker
    // Takes over, from the event after `after` (none: from the oldest that is here), unless such events
    // cannot be had. Who took before is interrupted.
    Seating seat(const std::shared_ptr<Side>& taker, std::optional<std::uint64_t> after);
    Portion take(const Side& taker);
    // The taker stops, for whatever reason; the window begins.
    void leave(const Side& taker);

    // Ends it at once, on both sides.
    void cancel();

    bool has_begun() const { return view().course != Course::starting; }
    bool has_ended() const;
    bool is_forgotten(std::int64_t now_ms) const;  // by all takers, for longer than the window; steady clock
    View view() const;
    std::string content_type() const;

private:
    void add_numbered(std::string_view before, std::string_view after);
    bool is_over() const { return course_ == Course::complete || course_ == Course::broken; }
    void wake_pump();
    void wake_taker();

    const std::string id_;
    const Owner owner_;
    const Milliseconds window_;
    const std::int64_t started_ms_;

    mutable std::mutex mutex_;  // guards what follows
    EventRing ring_;
    Course course_ = Course::starting;
    std::string model_;
    std::string content_type_;
    std::weak_ptr<Side> pump_;
    std::weak_ptr<Side> taker_;
    const Side* seated_ = nullptr;  // who takes now; only compared, never followed
    std::int64_t left_at_ms_ = 0;   // when the last taker left; steady clock
    bool cancelled_ = false;
};

// Leaves when it ends, however it ends.
class Seat {
public:
    Seat(ResumableStream& stream, const Side& taker) : stream_(stream), taker_(taker) {}
    ~Seat() { stream_.leave(taker_); }
    Seat(const Seat&) = delete;

private:
    ResumableStream& stream_;
    const Side& taker_;
};

}  // namespace aihub::serve
