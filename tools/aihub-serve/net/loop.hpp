// One event loop on one thread, and what belongs to it: a session, its upstream connections and their buffers
// live and die on one loop, so nothing on the request path is locked. Everything here but post() is for the
// loop's own thread.
#pragma once

#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include "shared/base/units.hpp"
#include "tools/aihub-serve/net/asio.hpp"

namespace aihub::net {

class Wire;

// Milliseconds of a clock that never jumps; up to ten late.
std::int64_t steady_ms();

class Loop {
public:
    Loop();
    ~Loop();
    Loop(const Loop&) = delete;

    void start();  // runs on a thread of its own
    void stop();   // ends the loop and waits for its thread; what is still open is dropped

    asio::io_context& context() { return context_; }
    Executor executor() { return context_.get_executor(); }

    // Runs `act` on the loop's thread, from any thread.
    void post(std::function<void()> act);

    // Runs `act` once, about that much later. The loop's thread only.
    void after(Milliseconds delay, std::function<void()> act);

    // `act` runs about every 100 ms, for as long as the loop does.
    void every_tick(std::function<void()> act) { tickers_.push_back(std::move(act)); }

private:
    friend class Wire;
    Task<void> tick();
    Task<void> run_later(Milliseconds delay, std::function<void()> act);
    void expire_wires();

    Wire* wires_ = nullptr;  // all wires of this loop: an intrusive list for the sweep of deadlines
    std::vector<std::function<void()>> tickers_;
    // Its sockets are the loop's thread's alone, so that no use of one takes a lock. After wires_: what it
    // drops at its end leaves that list.
    asio::io_context context_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
    std::thread thread_;
};

}  // namespace aihub::net
