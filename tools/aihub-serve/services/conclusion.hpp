// Something that comes to pass once, on whatever thread, and those who wait for it, on whatever loop. Whoever
// waits keeps it alive, and sees all that was written before conclude().
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "tools/aihub-serve/net/event.hpp"
#include "tools/aihub-serve/net/loop.hpp"

namespace aihub::serve {

class Conclusion {
public:
    // Until conclude(), or not at all after it. On the thread of `loop`.
    net::Task<void> wait(net::Loop& loop);
    // Wakes who waits; each is gone on with on its own loop, which must still be there. Once.
    void conclude();

private:
    struct Waiter {
        net::Loop* loop;
        std::shared_ptr<net::Event> event;
    };

    // False when it is over already.
    bool add(Waiter waiter);

    std::mutex mutex_;
    bool over_ = false;
    std::vector<Waiter> waiters_;
};

}  // namespace aihub::serve
