#include "tools/aihub-serve/jobs/account_store.hpp"

namespace aihub::serve {

std::unique_ptr<WatchedDatabase> AccountStore::borrow() {
    std::lock_guard lock(mutex_);
    if (idle_.empty()) return std::make_unique<WatchedDatabase>(path_, db::busy_timeout);
    std::unique_ptr<WatchedDatabase> connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
}

void AccountStore::give_back(std::unique_ptr<WatchedDatabase> connection) {
    std::lock_guard lock(mutex_);
    if (idle_.size() < thread_count) idle_.push_back(std::move(connection));
}

}  // namespace aihub::serve
