// What the rows of one transaction add to the sums by minute, and by hour of clients, keys and paths, from
// which summaries of long times are made. Owned by an AccessWriter; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/db/access_texts.hpp"
#include "shared/db/database.hpp"

namespace aihub::db {

// Stored by number: append only.
enum class AccessDimension : std::uint8_t { client = 1, key = 2, path = 3 };

class AccessSums {
public:
    // What a request adds; the texts are those of its row.
    struct Request {
        std::int64_t time_ms;
        int status;
        bool flagged;
        std::int64_t bytes_sent;
        std::int64_t request_time_ms;
        AccessText* client;
        AccessText* key;
        AccessText* path;
    };
    void add(const Request& request);

    Result<void> write(Database& db) const;  // inside the transaction of the rows
    void clear();

private:
    struct Minute {
        std::int64_t requests = 0;
        std::array<std::int64_t, 6> families{};  // by the first digit of the status; 0: another
        std::int64_t flagged = 0;
        std::int64_t bytes_sent = 0;
        std::int64_t request_time_ms = 0;
    };
    struct Hour {
        AccessDimension dimension;
        std::int64_t hour_ms;
        const AccessText* value;
        std::int64_t requests = 0;
        std::int64_t client_errors = 0;
        std::int64_t server_errors = 0;
        std::int64_t bytes_sent = 0;
        std::int64_t request_time_ms = 0;
    };

    Minute& minute_of(std::int64_t time_ms);
    Hour& hour_of(AccessDimension dimension, std::int64_t hour_ms, AccessText& value);
    void add_to_hour(AccessDimension dimension, const Request& request, AccessText& value);
    Result<void> write_minutes(Database& db) const;
    Result<void> write_hours(Database& db) const;

    std::map<std::int64_t, Minute> minutes_;
    std::int64_t last_minute_ms_ = -1;
    Minute* last_minute_ = nullptr;
    std::vector<Hour> hours_;
};

}  // namespace aihub::db
