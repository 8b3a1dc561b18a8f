// A one-shot signal between coroutines of the same loop: one waits, somebody fires. No allocation, no timer.
#pragma once

#include <boost/asio/async_result.hpp>
#include <optional>
#include <utility>

#include "tools/aihub-serve/net/asio.hpp"

namespace aihub::net {

class Event {
public:
    bool has_waiter() const { return waiter_.has_value(); }

    // Suspends until fire(). One waiter at a time.
    Task<void> wait() {
        return asio::async_initiate<Token, void()>(
            [this](auto handler) { waiter_.emplace(std::move(handler)); }, awaiting);
    }

    // Resumes the waiter at once, inside this call; without a waiter nothing happens.
    void fire() {
        if (!waiter_) return;
        Handler handler = std::move(*waiter_);
        waiter_.reset();
        std::move(handler)();
    }

private:
    using Token = const asio::use_awaitable_t<Executor>;
    using Handler = asio::async_result<asio::use_awaitable_t<Executor>, void()>::handler_type;
    std::optional<Handler> waiter_;
};

}  // namespace aihub::net
