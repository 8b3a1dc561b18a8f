// Requests in a span of time, grouped by what they have in common. Blocking; never on a loop thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/db/database.hpp"

namespace aihub::db {

enum class AccessGrouping {
    status,
    family,
    path,
    client,
    key,
    user,
    model,
    service,
    upstream,
    agent,
    referer,
    method,
    scope
};

struct AccessGroup {
    std::string value;
    std::int64_t requests = 0;
    std::int64_t client_errors = 0;
    std::int64_t server_errors = 0;
    std::int64_t bytes_sent = 0;
    std::int64_t request_time_ms = 0;  // of all of them together
};

struct AccessSpan {
    std::int64_t since_ms = 0;
    std::int64_t until_ms = 0;  // the first moment that does not belong to it
};

// Those with the most requests first, `most` of them. Of clients, keys and paths the sums are asked for whole
// hours, and the rows only for what is left at both ends.
Result<std::vector<AccessGroup>> group_accesses(Database& db, AccessGrouping by, AccessSpan span,
                                                std::int64_t most);

}  // namespace aihub::db
