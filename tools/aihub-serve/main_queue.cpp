#include "tools/aihub-serve/main_queue.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

namespace aihub::serve {

MainQueue::MainQueue() : wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

bool MainQueue::run(std::function<void()> work) {
    Job job{std::move(work)};
    std::unique_lock lock(mutex_);
    if (closed_) return false;
    waiting_.push_back(&job);
    std::uint64_t one = 1;
    (void)!::write(wake_.get(), &one, sizeof one);
    auto is_waiting = [&] { return std::find(waiting_.begin(), waiting_.end(), &job) != waiting_.end(); };
    changed_.wait(lock, [&] { return job.done || (closed_ && is_waiting()); });
    std::erase(waiting_, &job);
    return job.done;
}

void MainQueue::serve() {
    std::uint64_t count = 0;
    (void)!::read(wake_.get(), &count, sizeof count);
    std::unique_lock lock(mutex_);
    while (!waiting_.empty()) {
        Job* job = waiting_.front();
        waiting_.pop_front();  // from here on its owner waits for `done` alone
        lock.unlock();
        job->work();
        lock.lock();
        job->done = true;
        changed_.notify_all();
    }
}

void MainQueue::close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
}

}  // namespace aihub::serve
