// Both accounts of what was used, kept together: the database's and the ledger's. What goes into the one is
// settled in the other, and what others have changed in the database is told to the ledger; by one thread, so
// that nothing of ours is written between a look at balances and its report.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>

#include "shared/db/usage.hpp"
#include "tools/aihub-serve/accounts/ledger.hpp"
#include "tools/aihub-serve/jobs/watched_database.hpp"

namespace aihub::serve {

class UsageBooks {
public:
    // `writer` is this process's number: rows of others are not pending in our ledger.
    UsageBooks(std::string database, std::int64_t writer, Ledger& ledger);

    // One transaction; twice the same row changes nothing. An error means that none of them is there, or that
    // they may be, but in a file that is gone.
    Result<void> write(std::span<const db::Usage> rows);
    // Rows that a transaction may have, so that it takes no longer than others can wait.
    std::size_t group() const { return group_; }

    // What the database says of balances goes to the ledger.
    Result<void> read_standing();
    // The same, if others have changed the database since.
    Result<void> look();

private:
    void fit_group(std::size_t rows, std::chrono::steady_clock::duration took);
    void settle(std::span<const db::Usage> rows);

    WatchedDatabase database_;
    std::int64_t writer_;
    Ledger& ledger_;
    std::size_t group_;
    std::int64_t version_ = -1;
    std::uint64_t version_of_ = 0;  // the connection that said so
    bool is_old_ = false;           // rows that the ledger has not known were written
};

}  // namespace aihub::serve
