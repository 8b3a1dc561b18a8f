// A request that waits because all servers it could go to are full: who it is of, what it could use, and what
// becomes of it. Shared by the coroutine that waits and the queue; who may touch what stands beside it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tools/aihub-serve/net/event.hpp"
#include "tools/aihub-serve/net/loop.hpp"
#include "tools/aihub-serve/services/upstream_state.hpp"

namespace aihub::serve {

struct Ticket : std::enable_shared_from_this<Ticket> {
    explicit Ticket(net::Loop& loop_) : loop(loop_) {}

    // Written by who waits before it joins the queue, and never after.
    net::Loop& loop;
    std::string user;
    unsigned weight = 1;  // the user's share
    std::string request_id;
    std::string model;
    std::int64_t arrived_ns = 0;  // of the request: who came first is first among the user's own
    std::int64_t since_ms = 0;    // it waits, steady
    std::vector<std::shared_ptr<UpstreamState>> servers;  // that it could use, the best first

    // Of the loop's thread: fires when the ticket may have been granted, or `look_at_ms` has passed.
    net::Event news;
    std::int64_t look_at_ms = 0;

    // Written by the queue, once; read by any thread: the server where a place is held for it, or -1.
    std::atomic<int> granted{-1};

    // The queue's, under its lock: as of the last count.
    std::size_t place = 0;
    std::size_t of = 0;
};

using TicketPtr = std::shared_ptr<Ticket>;

// From any thread: who waits looks at its ticket.
inline void post_news(const TicketPtr& ticket) {
    ticket->loop.post([ticket] { ticket->news.fire(); });
}

}  // namespace aihub::serve
