// Rows of usage that are not in the database yet: in memory for a moment, on disk when it cannot be written
// for longer; bounded in both. Says so in the log and in /health, once when it begins and once when it is
// over; what finds no room is counted and reported. One thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "shared/db/usage.hpp"
#include "shared/log/log.hpp"
#include "tools/aihub-serve/accounts/usage_trouble.hpp"
#include "tools/aihub-serve/jobs/usage_spool.hpp"

namespace aihub::serve {

class UsageHold {
public:
    using Clock = std::chrono::steady_clock;
    // Rows that are held in memory no longer: they are in the database, or on disk, or lost.
    using LetGo = std::function<void(std::span<const db::Usage> rows)>;

    UsageHold(std::string spool, std::uint64_t spool_limit, UsageTrouble& trouble, log::Logger& logger,
              LetGo let_go = {});

    void add(std::vector<db::Usage>&& rows);
    // Those in memory, oldest first. What waits on disk is older.
    std::span<const db::Usage> rows() const { return rows_; }
    void drop_first(std::size_t count);
    UsageSpool& spool() { return spool_; }
    bool has_spooled() const { return backlog_.spooled_bytes > 0; }
    // Those are in the database.
    void pass(const UsageSpool::Piece& piece);

    // The database could not be written; could again, and nothing waits any more.
    void failed(const Error& error);
    void caught_up();
    bool is_failing() const { return failing_; }

    // Moves what is in memory to disk, as far as there is room.
    void to_disk();
    // Keeps memory within its bound, whatever is dropped for it.
    void keep_bounds();
    void publish();

    // Any thread.
    void set_spool_limit(std::uint64_t bytes) { spool_limit_ = bytes; }

private:
    void announce(const Error& error);
    void lose(std::size_t count);
    void report_lost();

    UsageSpool spool_;
    std::atomic<std::uint64_t> spool_limit_;
    UsageTrouble& trouble_;
    log::Logger& logger_;
    LetGo let_go_;

    std::vector<db::Usage> rows_;
    bool failing_ = false;
    bool announced_ = false;
    Clock::time_point failing_since_;
    UsageBacklog backlog_;
    bool spool_failed_ = false;  // and that was logged
    std::int64_t lost_cost_ = 0;
    std::int64_t reported_lost_ = 0;
    Clock::time_point next_report_;
};

}  // namespace aihub::serve
