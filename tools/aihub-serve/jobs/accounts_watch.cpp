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

// Numbers as of before the load: a change in between is seen again.
Result<std::vector<db::Account>> AccountsWatch::load() {
    Result<std::int64_t> version = database_.data_version();
    if (!version) return version.error();
    Result<std::int64_t> generation = db::accounts_generation(database_);
    if (!generation) return generation.error();
    Result<std::vector<db::Account>> accounts = db::load_accounts(database_);
    if (!accounts) return accounts;
    version_ = *version;
    generation_ = *generation;
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

// What another connection commits is usage, most of the time.
Result<bool> AccountsWatch::have_changed() {
    Result<std::int64_t> version = database_.data_version();
    if (!version) return version.error();
    if (*version == version_) return false;
    Result<std::int64_t> generation = db::accounts_generation(database_);
    if (!generation) return generation.error();
    if (*generation != generation_) return true;
    version_ = *version;
    return false;
}

// A database that cannot be read leaves the last picture in force: who could call a moment ago still can.
void AccountsWatch::look() {
    Result<bool> changed = have_changed();
    if (changed && !*changed) return;
    Result<std::vector<db::Account>> accounts =
        changed ? load() : Result<std::vector<db::Account>>(changed.error());
    if (accounts) {
        failing_ = false;
        logger_.debug("accounts.loaded", log::kv("keys", accounts->size()));
        report_(std::move(*accounts));
    } else if (!std::exchange(failing_, true)) {
        logger_.error("accounts.unreadable", log::kv("reason", accounts.error().message));
    }
}

}  // namespace aihub::serve
