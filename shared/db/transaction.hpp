// A write transaction: BEGIN IMMEDIATE, rolled back unless commit() is reached. Holds a shared lock on
// FILE-lock from before its first write, so that nobody checkpoints meanwhile (database.hpp says why).
// Private to shared/db.
#pragma once

#include <string>

#include "shared/base/files.hpp"
#include "shared/base/result.hpp"

struct sqlite3;

namespace aihub::db {

class Transaction {
public:
    // busy after the busy timeout.
    static Result<Transaction> begin(sqlite3* handle);

    Transaction(Transaction&& other) noexcept
        : handle_(std::exchange(other.handle_, nullptr)), guard_(std::move(other.guard_)) {}
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();

    // Then copies the WAL into the file when it has grown past `largest_wal` and no other process writes.
    Result<void> commit();

    static constexpr long largest_wal = 4L * 1024 * 1024;

private:
    explicit Transaction(sqlite3* handle) : handle_(handle) {}

    sqlite3* handle_;
    UniqueFd guard_;
};

// What `body` gives, a Result, with all that it wrote committed; nothing of it stays when it gives an error.
template <typename Body>
auto in_transaction(sqlite3* handle, Body body) -> decltype(body()) {
    Result<Transaction> transaction = Transaction::begin(handle);
    if (!transaction) return transaction.error();
    auto done = body();
    if (!done) return done;
    Result<void> committed = transaction->commit();
    if (!committed) return committed.error();
    return done;
}

}  // namespace aihub::db
