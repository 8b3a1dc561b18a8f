// Requests that logs tell of: a row each, as the view access_events shows them, and sums by minute and hour.
// An AccessWriter gathers many in memory and stores them in one transaction, together with how far their log
// was read. Owned by whoever reads logs; one thread; blocking, never on a loop thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/db/access_sources.hpp"
#include "shared/db/access_sums.hpp"
#include "shared/db/access_texts.hpp"
#include "shared/db/database.hpp"

namespace aihub::db {

// Texts are copied by AccessWriter::add; empty: none.
struct AccessEvent {
    std::int64_t time_ms = 0;
    std::string_view remote_addr;
    std::string_view forwarded_for;  // a JSON list
    std::string_view client_ip;
    int network_scope = 0;  // accesslog::NetworkScope
    std::string_view method;
    std::string_view uri;
    std::string_view path;
    int status = 0;
    std::int64_t request_time_ms = 0;
    std::int64_t body_bytes_sent = 0;
    std::int64_t bytes_sent = 0;
    std::string_view api_key;  // its hint
    std::string_view key_id;
    std::string_view referer;
    std::string_view user_agent;
    std::string_view upstream_addr;
    std::string_view upstream_status;
    std::optional<std::int64_t> upstream_time_ms;
    int flags = 0;  // accesslog::Flag
    std::string_view request_id;
    std::string_view user;
    std::string_view model;
    std::string_view service;
    std::optional<std::int64_t> ttft_ms;
    std::optional<std::int64_t> tokens_in;
    std::optional<std::int64_t> tokens_out;
};

class AccessWriter {
public:
    void add(const AccessEvent& event);  // into memory
    std::size_t size() const { return rows_.size(); }
    bool is_full() const;
    void drop();  // what was added and not stored

    // Stores what was added. False, and nothing is stored, when `before`, the source as it was when reading
    // began, has changed since: another process was first. What was added is gone then, too.
    Result<bool> store(Database& db, const AccessSource& before, const AccessSource& after);
    // Of what is no file and cannot be read twice.
    Result<void> store(Database& db);

private:
    struct Part {
        std::size_t begin = 0;
        std::size_t size = 0;
    };
    struct Row {
        std::int64_t time_ms;
        AccessText* remote_addr;
        AccessText* forwarded_for;
        AccessText* client_ip;
        AccessText* method;
        AccessText* path;
        AccessText* api_key;
        AccessText* key_id;
        AccessText* referer;
        AccessText* user_agent;
        AccessText* upstream_addr;
        AccessText* upstream_status;
        AccessText* user;
        AccessText* model;
        AccessText* service;
        Part uri;  // empty: the path
        Part request_id;
        int network_scope;
        int status;
        int flags;
        std::int64_t request_time_ms;
        std::int64_t body_bytes_sent;
        std::int64_t bytes_sent;
        std::optional<std::int64_t> upstream_time_ms;
        std::optional<std::int64_t> ttft_ms;
        std::optional<std::int64_t> tokens_in;
        std::optional<std::int64_t> tokens_out;
    };

    Part keep(std::string_view text);
    Result<void> write(Database& db);
    Result<void> write_rows(Database& db);

    AccessTexts texts_;
    AccessSums sums_;
    std::vector<Row> rows_;
    std::string once_;  // texts that are hardly ever the same twice
};

}  // namespace aihub::db
