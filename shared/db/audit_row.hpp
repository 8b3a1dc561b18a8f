// The audit row of a change, inside the change's transaction. Private to shared/db.
#pragma once

#include <cstdint>
#include <string_view>

#include "shared/base/result.hpp"
#include "shared/db/actor.hpp"
#include "shared/db/detail.hpp"
#include "shared/db/statement.hpp"

namespace aihub::db {

// Kept by who writes many rows.
class AuditRows {
public:
    static Result<AuditRows> prepare(sqlite3* handle, const Actor& actor);

    Result<void> add(std::string_view action, std::string_view target, std::string_view detail);

private:
    AuditRows(Statement insert, const Actor& actor) : insert_(std::move(insert)), actor_(actor) {}

    Statement insert_;
    Actor actor_;
};

Result<void> add_audit_row(sqlite3* handle, std::string_view action, std::string_view target,
                           const Detail& detail, const Actor& actor);

}  // namespace aihub::db
