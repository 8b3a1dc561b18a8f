#include "tools/aihub-serve/net/loop.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <ctime>

#include "tools/aihub-serve/net/wire.hpp"

namespace aihub::net {
namespace {

// Deadlines are kept by one sweep of all connections, not by a timer each: a timer costs a queue operation
// whenever a byte arrives, and no timeout here needs to be finer.
constexpr std::chrono::milliseconds tick_length{100};

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

}  // namespace

// As of the kernel's last tick: a fifth of what a look at the hardware's clock costs.
std::int64_t steady_ms() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

Loop::Loop() = default;

Loop::~Loop() {
    stop();
}

void Loop::start() {
    asio::co_spawn(context_, tick(), asio::detached);
    thread_ = std::thread([this] { context_.run(); });
}

void Loop::stop() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
}

void Loop::post(std::function<void()> act) {
    asio::post(context_, std::move(act));
}

void Loop::after(Milliseconds delay, std::function<void()> act) {
    asio::co_spawn(context_, run_later(delay, std::move(act)), asio::detached);
}

Task<void> Loop::run_later(Milliseconds delay, std::function<void()> act) {
    Timer timer(context_);
    timer.expires_after(delay);
    ErrorCode failed;
    co_await timer.async_wait(asio::redirect_error(awaiting, failed));
    if (!failed) act();
}

Task<void> Loop::tick() {
    Timer timer(context_);
    for (;;) {
        timer.expires_after(tick_length);
        ErrorCode failed;
        co_await timer.async_wait(asio::redirect_error(awaiting, failed));
        if (failed) co_return;
        expire_wires();
        for (auto& act : tickers_) act();
    }
}

void Loop::expire_wires() {
    std::int64_t now = steady_ms();
    std::vector<std::shared_ptr<Wire>> due;  // what becomes of one may close others
    for (Wire* wire = wires_; wire; wire = wire->next_)
        if (wire->is_late(now) || wire->is_watched_in_vain()) due.push_back(wire->shared_from_this());
    for (auto& wire : due)
        if (wire->is_late(now)) wire->expire();
    for (auto& wire : due)
        if (wire->is_watched_in_vain()) wire->look_for_end();
}

}  // namespace aihub::net
