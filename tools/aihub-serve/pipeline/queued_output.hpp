// Lines for a descriptor whose other end may stall, such as a pipe: a thread of its own writes them, so that
// who adds lines never waits. The queue is bounded: what does not fit is dropped, and counted.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace aihub::serve {

class QueuedOutput {
public:
    using Clock = std::chrono::steady_clock;
    // How many lines were dropped since the last time; on the writing thread, at most once a minute.
    using Report = std::function<void(std::uint64_t lines)>;

    QueuedOutput(int descriptor, Report report);
    // Writes what is queued, as far as the other end takes it within a moment.
    ~QueuedOutput();
    QueuedOutput(const QueuedOutput&) = delete;

    // Whole lines; any thread.
    void add(std::string_view lines);

private:
    void run();
    void write(std::string_view lines);
    bool is_writable() const;
    bool is_over();
    void drop(std::string_view lines);
    void report_drops();

    int descriptor_;
    Report report_;
    std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    std::string queue_;
    std::uint64_t dropped_ = 0;
    bool stopping_ = false;
    Clock::time_point end_;  // when stopping

    Clock::time_point next_report_;  // the writing thread's
    std::thread thread_;
};

}  // namespace aihub::serve
