#include "tools/aihub-serve/services/conclusion.hpp"

namespace aihub::serve {

net::Task<void> Conclusion::wait(net::Loop& loop) {
    auto event = std::make_shared<net::Event>();
    bool waits = add({&loop, event});
    if (waits) co_await event->wait();
}

bool Conclusion::add(Waiter waiter) {
    std::lock_guard lock(mutex_);
    if (!over_) waiters_.push_back(std::move(waiter));
    return !over_;
}

void Conclusion::conclude() {
    std::lock_guard lock(mutex_);
    over_ = true;
    for (Waiter& waiter : waiters_) waiter.loop->post([event = std::move(waiter.event)] { event->fire(); });
    waiters_.clear();
}

}  // namespace aihub::serve
