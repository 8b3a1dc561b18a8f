// Keeps the picture of accounts fresh: looks at the database several times a second (a read of one page that
// is in memory), and loads all keys again when users or keys have changed; usage that is written, by
// whomever, is no such change. A thread of its own: no SQLite on a loop.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "shared/log/log.hpp"
#include "tools/aihub-serve/accounts/account_table.hpp"
#include "tools/aihub-serve/jobs/watched_database.hpp"

namespace aihub::serve {

class AccountsWatch {
public:
    using Table = std::shared_ptr<const AccountTable>;
    using Report = std::function<void(Table)>;

    AccountsWatch(std::string database, log::Logger& logger, Report report);
    ~AccountsWatch();

    // Loads the accounts once, on the caller's thread. What fails is the error to stop with.
    Result<Table> load();
    void start();
    void stop();

    // Looks now, and returns once it has, or after `longest`: what was committed before is in force then. Any
    // thread that may block.
    void look_now(std::chrono::milliseconds longest);

private:
    void run();
    void look();
    Result<bool> has_changed();

    WatchedDatabase database_;
    log::Logger& logger_;
    Report report_;
    std::int64_t version_ = -1;     // of the database, when the generation was last looked at
    std::int64_t generation_ = -1;  // of the accounts that were reported
    std::uint64_t connection_ = 0;  // that said so
    bool failing_ = false;
    std::mutex mutex_;
    std::condition_variable wanted_;  // a look, or an end
    std::condition_variable looked_;
    std::uint64_t looks_wanted_ = 0;
    std::uint64_t looks_done_ = 0;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace aihub::serve
