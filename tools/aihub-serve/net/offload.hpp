// Slow work (disk, blocking look-ups) leaves the loop: a coroutine hands a job to a small pool and goes on
// when it is done.
#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <utility>

#include "tools/aihub-serve/net/event.hpp"
#include "tools/aihub-serve/net/loop.hpp"

namespace aihub::net {

class Offload {
public:
    explicit Offload(unsigned threads) : pool_(threads) {}
    ~Offload() { join(); }

    // Waits for all jobs; no more are taken.
    void join() { pool_.join(); }

    // Runs `job` on the pool, resumes on `loop`. What the job refers to must live in the caller's frame.
    template <typename Job>
    Task<void> run(Loop& loop, Job job) {
        Event done;
        asio::post(pool_, [&] {
            job();
            loop.post([&done] { done.fire(); });
        });
        co_await done.wait();
    }

    // Runs `job` on the pool; nobody waits.
    template <typename Job>
    void post(Job job) {
        asio::post(pool_, std::move(job));
    }

private:
    asio::thread_pool pool_;
};

}  // namespace aihub::net
