#include "shared/db/transaction.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "shared/db/database.hpp"
#include "shared/db/statement.hpp"

namespace aihub::db {
namespace {

std::string path_of(sqlite3* handle) {
    return sqlite3_db_filename(handle, "main");
}

Result<UniqueFd> open_guard(const std::string& path) {
    UniqueFd fd(::open((path + "-lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!fd) return Error(ErrorCode::io, "cannot open " + path + "-lock: " + std::strerror(errno));
    return fd;
}

// Polls, because flock() itself knows no timeout and a stopped process must not stop everybody else.
Result<void> lock_shared(const UniqueFd& guard, const std::string& path) {
    auto deadline = std::chrono::steady_clock::now() + busy_timeout;
    while (::flock(guard.get(), LOCK_SH | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return Error(ErrorCode::io, "cannot lock " + path + "-lock: " + std::strerror(errno));
        if (std::chrono::steady_clock::now() > deadline)
            return Error(ErrorCode::busy, path + " is being checkpointed by another process", "try again");
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return {};
}

bool is_checkpoint_due(const std::string& path) {
    struct stat wal{};
    return ::stat((path + "-wal").c_str(), &wal) == 0 && wal.st_size > Transaction::largest_wal;
}

// Best effort: whoever commits next tries again.
void checkpoint(sqlite3* handle, const UniqueFd& guard) {
    if (::flock(guard.get(), LOCK_EX | LOCK_NB) != 0) return;
    sqlite3_wal_checkpoint_v2(handle, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

}  // namespace

Result<Transaction> Transaction::begin(sqlite3* handle) {
    std::string path = path_of(handle);
    Result<UniqueFd> guard = open_guard(path);
    if (!guard) return guard.error();
    Result<void> begun = execute(handle, "BEGIN IMMEDIATE");
    if (!begun) return begun.error();
    // Only now: a process that waits for its turn to write must not keep others from a checkpoint.
    Transaction transaction(handle);
    Result<void> locked = lock_shared(*guard, path);
    if (!locked) return locked.error();
    transaction.guard_ = std::move(*guard);
    return transaction;
}

Transaction::~Transaction() {
    if (handle_) sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

Result<void> Transaction::commit() {
    Result<void> committed = execute(handle_, "COMMIT");
    if (!committed) return committed;
    sqlite3* handle = std::exchange(handle_, nullptr);
    if (is_checkpoint_due(path_of(handle))) checkpoint(handle, guard_);
    guard_.reset();
    return {};
}

}  // namespace aihub::db
