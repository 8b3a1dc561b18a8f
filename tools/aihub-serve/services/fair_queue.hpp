// All requests of the process that wait for a place at a server. A place that becomes free is handed to the
// next one that can use that server (fair_line.hpp): it is entered on its behalf, so that nobody who comes
// later can take it. Any thread; while nobody waits for a server, no lock is taken for it.
#pragma once

#include <map>
#include <mutex>
#include <optional>

#include "tools/aihub-serve/services/fair_line.hpp"
#include "tools/aihub-serve/services/pace.hpp"

namespace aihub::serve {

struct QueueBounds {
    std::size_t length = 0;    // of all users together
    std::size_t per_user = 0;  // of each
};

class FairQueue {
public:
    enum class Joined { yes, queue_is_full, user_has_too_many, ended };
    struct Place {
        std::size_t place = 0;  // 1: the next
        std::size_t of = 0;     // among those who wait for the same servers
    };
    struct View {
        std::string request_id;
        std::string model;
        Place place;
        std::int64_t waited_ms = 0;
    };

    // Who has joined has to give_up() or take() in the end. It may have been granted at once.
    Joined join(const TicketPtr& ticket, QueueBounds bounds);
    // The place held for it, by its index in `servers`; from now on it is the caller's to leave.
    static std::optional<std::size_t> take(const Ticket& ticket);
    // It waits no more; a place that was held for it goes to the next. Not after take().
    void give_up(Ticket& ticket);
    // Gives back a place at a server that has been entered.
    void leave(UpstreamState& server);

    // About ten times a second, on each loop: fires the news of those of this loop whose time has come.
    void tick(net::Loop& loop, std::int64_t now);
    // Servers may have room for more than before.
    void limits_changed();
    // Nobody is served any more; who waits has news.
    void end();
    bool has_ended() const { return ended_; }

    // Where it stands, as of a moment ago.
    Place place_of(const Ticket& ticket);
    std::size_t length() const { return length_.load(std::memory_order_relaxed); }
    std::vector<View> waiting_of(const std::string& user);
    std::map<std::string, std::size_t> lengths_by_user();
    // Seconds after which it is worth coming again; `most` is as long as anybody waits.
    std::int64_t seconds_to_move(std::int64_t most);

private:
    void serve(UpstreamState& server);
    void grant(const TicketPtr& ticket, const UpstreamState& server);
    void note_joined(const Ticket& ticket);
    void note_gone(const Ticket& ticket);
    void count_places();

    std::mutex mutex_;
    FairLine line_;
    Pace pace_;
    std::atomic<bool> ended_{false};  // written under the lock
    bool places_changed_ = false;
    std::int64_t places_counted_ms_ = 0;
    std::atomic<std::size_t> length_{0};
};

}  // namespace aihub::serve
