#include "tools/aihub-serve/jobs/accounts_watch.hpp"

#include <chrono>

namespace aihub::serve {
namespace {

// A deleted key is refused within a second: this, a load and a hand-over to the loops must fit into it.
constexpr std::chrono::milliseconds interval{200};

}  // namespace

AccountsWatch::AccountsWatch(db::Database database, log::Logger& logger, Report report)
    : database_(std::move(database)), logger_(logger), report_(std::move(report)) {}

AccountsWatch::~AccountsWatch() {
    stop();
}

Result<std::vector<db::Account>> AccountsWatch::load() {
    Result<std::int64_t> version = database_.data_version();
    if (!version) return version.error();
    Result<std::vector<db::Account>> accounts = db::load_accounts(database_);
    if (accounts) version_ = *version;  // as of before the load: a change in between is seen again
    return accounts;
}

void AccountsWatch::start() {
    thread_ = std::thread([this] { run(); });
}

void AccountsWatch::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    stopped_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void AccountsWatch::run() {
    std::unique_lock lock(mutex_);
    while (!stopped_.wait_for(lock, interval, [this] { return stopping_; })) {
        lock.unlock();
        look();
        lock.lock();
    }
}

// A database that cannot be read leaves the last picture in force: who could call a moment ago still can.
void AccountsWatch::look() {
    Result<std::int64_t> version = database_.data_version();
    if (version && *version == version_) return;
    Result<std::vector<db::Account>> accounts =
        version ? load() : Result<std::vector<db::Account>>(version.error());
    if (accounts) {
        failing_ = false;
        logger_.debug("accounts.loaded", log::kv("keys", accounts->size()));
        report_(std::move(*accounts));
    } else if (!std::exchange(failing_, true)) {
        logger_.error("accounts.unreadable", log::kv("reason", accounts.error().message));
    }
}

}  // namespace aihub::serve
