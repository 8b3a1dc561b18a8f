// One side of a stream (who fills it, who takes from it) as the other side sees it, which may be on another
// loop. Held by its coroutine alone, others know it weakly: so nothing of a loop outlives the loop.
#pragma once

#include <atomic>
#include <memory>

#include "tools/aihub-serve/net/wire.hpp"

namespace aihub::serve {

class Side : public std::enable_shared_from_this<Side> {
public:
    // `wire`: the connection on which this side works. Its loop's thread.
    explicit Side(net::Wire& wire) : loop_(wire.loop()), wire_(wire.weak_from_this()) {}

    // There is news: wait() ends, or does not begin. Any thread, while the loops are there; never from a
    // destructor, since those run when loops are not there any more.
    void wake();
    // wake(), and whatever waits on the connection ends.
    void interrupt();
    bool is_interrupted() const { return interrupted_; }

    // Suspends until there is news since the last time, and now and then without any. The loop's thread.
    net::Task<void> wait();
    // For the loop's own thread: ends a wait() at once.
    void fire() { event_.fire(); }

private:
    net::Loop& loop_;
    std::weak_ptr<net::Wire> wire_;
    net::Event event_;
    std::atomic<bool> woken_{false};
    std::atomic<bool> interrupted_{false};
};

}  // namespace aihub::serve
