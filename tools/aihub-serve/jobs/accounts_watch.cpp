#include "tools/aihub-serve/jobs/accounts_watch.hpp"

#include <chrono>

namespace aihub::serve {
namespace {

// A deleted key is refused within a second: this, a load and a hand-over to the loops must fit into it.
constexpr std::chrono::milliseconds interval{200};
constexpr std::chrono::milliseconds patience{500};

}  // namespace

AccountsWatch::AccountsWatch(std::string database, log::Logger& logger, Report report)
    : database_(std::move(database), patience), logger_(logger), report_(std::move(report)) {}

AccountsWatch::~AccountsWatch() {
    stop();
}

Result<AccountsWatch::Table> AccountsWatch::load() {
    Result<db::Database*> database = database_.get();
    if (!database) return database.error();
    Result<std::int64_t> generation = db::accounts_generation(**database);
    if (!generation) return generation.error();
    auto accounts = std::make_shared<AccountTable>();
    Result<void> read =
        db::for_each_account(**database, [&accounts](const db::Account& account) { accounts->add(account); });
    if (!read) return read.error();
    accounts->finish();
    generation_ = *generation;  // as of before the load: a change in between is seen again
    connection_ = database_.connection();
    return Table(std::move(accounts));
}

void AccountsWatch::start() {
    thread_ = std::thread([this] { run(); });
}

void AccountsWatch::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wanted_.notify_all();
    looked_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void AccountsWatch::look_now(std::chrono::milliseconds longest) {
    std::unique_lock lock(mutex_);
    std::uint64_t mine = ++looks_wanted_;
    wanted_.notify_all();
    looked_.wait_for(lock, longest, [this, mine] { return stopping_ || looks_done_ >= mine; });
}

void AccountsWatch::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wanted_.wait_for(lock, interval, [this] { return stopping_ || looks_wanted_ > looks_done_; });
        if (stopping_) return;
        std::uint64_t wanted = looks_wanted_;
        lock.unlock();
        look();
        lock.lock();
        looks_done_ = wanted;
        looked_.notify_all();
    }
}

Result<bool> AccountsWatch::has_changed() {
    Result<db::Database*> database = database_.get();
    if (!database) return database.error();
    Result<std::int64_t> version = (*database)->data_version();
    if (!version) return version.error();
    bool is_same_file = database_.connection() == connection_;
    if (is_same_file && *version == version_) return false;
    Result<std::int64_t> generation = db::accounts_generation(**database);
    if (!generation) return generation.error();
    version_ = *version;
    return !is_same_file || *generation != generation_;
}

// A database that cannot be read leaves the last picture in force: who could call a moment ago still can.
void AccountsWatch::look() {
    Result<bool> changed = has_changed();
    if (changed && !*changed) {
        failing_ = false;
        return;
    }
    Result<Table> accounts = changed ? load() : Result<Table>(changed.error());
    if (accounts) {
        failing_ = false;
        logger_.debug("accounts.loaded", log::kv("keys", (*accounts)->size()));
        report_(std::move(*accounts));
        return;
    }
    version_ = -1;  // look again
    if (!std::exchange(failing_, true))
        logger_.error("accounts.unreadable", log::kv("reason", accounts.error().message));
}

}  // namespace aihub::serve
