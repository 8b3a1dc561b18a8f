// Requests that wait because every server of their model has as many as it may have. They wake whenever a
// place on this loop has become free, and a few times a second for places that other loops gave back; the
// longest waiting first. The loop's thread only.
#pragma once

#include <list>

#include "tools/aihub-serve/net/event.hpp"
#include "tools/aihub-serve/net/loop.hpp"

namespace aihub::serve {

class RoomQueue {
public:
    explicit RoomQueue(net::Loop& loop) : loop_(loop) {}

    // Until there may be room. False when the loop is about to end. Who finds none waits again, and is last.
    net::Task<bool> wait() {
        if (ending_) co_return false;
        net::Event event;
        waiting_.push_back(&event);
        co_await event.wait();
        co_return !ending_;
    }

    // Somebody may go in: from a place given back, and from the loop's tick.
    void changed() {
        if (waiting_.empty() || posted_) return;
        posted_ = true;
        loop_.post([this] { wake(); });  // not inside whoever leaves
    }
    void end() {
        ending_ = true;
        changed();
    }

private:
    void wake() {
        posted_ = false;
        std::list<net::Event*> woken;
        woken.swap(waiting_);
        for (net::Event* event : woken) event->fire();
    }

    net::Loop& loop_;
    std::list<net::Event*> waiting_;
    bool posted_ = false;
    bool ending_ = false;
};

}  // namespace aihub::serve
