// Writes usage to the database, on a thread of its own: rows of all loops, in groups, a row within 50 ms of
// the end of its reply. While the database cannot be written, rows are held, and written later: by the next
// process, if need be. Requests never wait for it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "tools/aihub-serve/jobs/usage_books.hpp"
#include "tools/aihub-serve/jobs/usage_hold.hpp"

namespace aihub::serve {

class UsageWriter {
public:
    UsageWriter(UsageBooks books, UsageHold& hold);
    ~UsageWriter();

    void start();
    // What is not written yet is written, or goes to disk; others that use the database are not waited for.
    void stop();

    // Any thread.
    void add(std::vector<db::Usage>&& rows);
    // The ledger is told what the database says of balances; waits until it was, or a moment at most.
    void refresh_standing();

private:
    using Clock = std::chrono::steady_clock;

    void run();
    bool wait();
    bool has_work() const;
    void work(bool last);
    Result<void> write();
    Result<void> write_spooled();
    Result<void> write_held();
    Result<void> look();
    bool is_stopping();

    UsageBooks books_;
    UsageHold& hold_;
    Clock::time_point next_write_;
    Clock::time_point next_look_;

    std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    std::vector<db::Usage> inbox_;
    std::uint64_t looks_asked_ = 0;
    std::uint64_t looks_done_ = 0;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace aihub::serve
