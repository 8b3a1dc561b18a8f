// Work that other threads want done on the main thread, which owns the configuration. The main thread polls
// descriptor() and calls serve().
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

#include "shared/base/files.hpp"

namespace aihub::serve {

class MainQueue {
public:
    MainQueue();

    // From any other thread: returns when `job` was run, false when the main thread takes no more.
    bool run(std::function<void()> job);

    int descriptor() const { return wake_.get(); }
    void serve();
    // From now on nothing is taken; who waits is told so.
    void close();

private:
    struct Job {
        std::function<void()> work;
        bool done = false;
    };

    UniqueFd wake_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Job*> waiting_;
    bool closed_ = false;
};

}  // namespace aihub::serve
