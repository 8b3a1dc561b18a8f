// Keeps the picture of accounts fresh: looks at the database several times a second (a read of one page that
// is in memory), and loads all keys again when users or keys have changed. A thread of its own: no SQLite on
// a loop.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "shared/db/accounts.hpp"
#include "shared/log/log.hpp"

namespace aihub::serve {

class AccountsWatch {
public:
    using Report = std::function<void(std::vector<db::Account>)>;

    AccountsWatch(db::Database database, log::Logger& logger, Report report);
    ~AccountsWatch();

    // Loads the accounts once, on the caller's thread. What fails is the error to stop with.
    Result<std::vector<db::Account>> load();
    void start();
    void stop();

private:
    void run();
    void look();
    Result<bool> have_changed();

    db::Database database_;
    log::Logger& logger_;
    Report report_;
    std::int64_t version_ = -1;
    std::int64_t generation_ = -1;
    bool failing_ = false;
    std::mutex mutex_;
    std::condition_variable stopped_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace aihub::serve
