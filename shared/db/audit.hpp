// The trail of changes: who, when, what, from where. Rows are only ever added, by the functions that change
// accounts and by the gateway for its configuration. Blocking; never on a loop thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/db/actor.hpp"
#include "shared/db/database.hpp"

namespace aihub::db {

struct AuditEntry {
    std::int64_t id = 0;
    std::int64_t at_ms = 0;
    std::string actor;
    std::string source;
    std::string action;  // "key.add", "user.change", "config.change" …
    std::string target;  // "bob/laptop", "bob", a setting's name
    std::string detail;  // an object of JSON, never a secret; [before, after] of what was changed
};

// In a transaction of its own. Inside this module, add_audit_row() of audit_row.hpp joins one that is open.
Result<void> add_audit(Database& db, std::string_view action, std::string_view target,
                       std::string_view detail, const Actor& actor);

// Newest first.
Result<std::vector<AuditEntry>> list_audit(Database& db, std::int64_t since_ms = 0,
                                           std::int64_t limit = 1000);

}  // namespace aihub::db
