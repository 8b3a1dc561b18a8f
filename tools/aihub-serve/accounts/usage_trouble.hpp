// What people are told while usage cannot be written to the database: by /health, to admins. Set by the job
// that writes it, read by any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

namespace aihub::serve {

struct UsageBacklog {
    std::string reason;               // why nothing is written at present; empty: it is
    std::int64_t since_ms = 0;        // UTC
    std::int64_t held = 0;            // rows in memory
    std::uint64_t spooled_bytes = 0;  // on disk
    std::int64_t lost = 0;            // rows that found no room, since the start

    bool operator==(const UsageBacklog&) const = default;
};

class UsageTrouble {
public:
    void set(UsageBacklog backlog) {
        std::lock_guard lock(mutex_);
        backlog_ = std::move(backlog);
    }
    UsageBacklog get() const {
        std::lock_guard lock(mutex_);
        return backlog_;
    }

private:
    mutable std::mutex mutex_;
    UsageBacklog backlog_;
};

}  // namespace aihub::serve
