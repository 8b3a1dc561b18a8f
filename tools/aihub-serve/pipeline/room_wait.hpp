// A request's wait for a place at one of the servers it could go to: its place in the process's queue, what
// its client is told meanwhile, and how it ends. In the frame of a coroutine of the request, on its loop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tools/aihub-serve/pipeline/exchange.hpp"
#include "tools/aihub-serve/services/candidate.hpp"
#include "tools/aihub-serve/services/fair_queue.hpp"

namespace aihub::serve {

// Whose share of the servers a request uses.
std::string queue_user(const Exchange& x);

class RoomWait {
public:
    // It has waited since `since_ms` (steady), if with interruptions.
    RoomWait(Exchange& x, const Candidates& candidates, std::int64_t since_ms);
    ~RoomWait();  // leaves the queue
    RoomWait(const RoomWait&) = delete;

    // Why it may not wait; nothing when it does.
    std::optional<Problem> join();
    // For the reply to who may not: when it is worth coming again.
    std::string retry_after() const;

    // Until a place is held for it: which candidate's, the caller's to leave. Nothing when the time is over
    // (`end_ms`, steady), the client has left, or the gateway ends.
    net::Task<std::optional<std::size_t>> run(std::int64_t end_ms);

private:
    void watch_client_leaving();
    void watch_client_as_before();
    net::Task<void> tell_place();

    Exchange& x_;
    FairQueue& queue_;
    TicketPtr ticket_;
    bool taken_ = false;
    FairQueue::Place told_;
    std::int64_t told_at_ms_ = 0;
};

}  // namespace aihub::serve
