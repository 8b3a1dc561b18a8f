#include "shared/db/migrations.hpp"

#include <sqlite3.h>

#include <array>
#include <string>

#include "shared/db/statement.hpp"
#include "shared/db/transaction.hpp"

namespace aihub::db {
namespace {

// Times are UTC milliseconds, money is in micro-units. A revoked key stays as a row, so that what it did can
// be traced, and leaves its name free for another: hence the partial index.
constexpr const char* users_and_keys = R"sql(
CREATE TABLE users (
    id            INTEGER PRIMARY KEY,
    name          TEXT    NOT NULL UNIQUE,
    email         TEXT    UNIQUE,
    tier          TEXT    NOT NULL,
    balance_micro INTEGER NOT NULL DEFAULT 0,
    active        INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    created_ms    INTEGER NOT NULL
) STRICT;

CREATE TABLE keys (
    id           INTEGER PRIMARY KEY,
    hash         BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
    handle       TEXT    NOT NULL UNIQUE CHECK (length(handle) = 12),
    name         TEXT    NOT NULL,
    hint         TEXT    NOT NULL,
    kind         TEXT    NOT NULL CHECK (kind IN ('user', 'admin', 'worker')),
    user_id      INTEGER NOT NULL REFERENCES users (id),
    created_ms   INTEGER NOT NULL,
    expires_ms   INTEGER,
    revoked_ms   INTEGER,
    last_used_ms INTEGER
) STRICT;

CREATE INDEX keys_of_user ON keys (user_id);
CREATE UNIQUE INDEX live_key_names ON keys (user_id, name) WHERE revoked_ms IS NULL;
)sql";

constexpr std::array all = {users_and_keys};

std::int64_t newest() {
    return static_cast<std::int64_t>(all.size());
}

Result<std::int64_t> read_integer(sqlite3* handle, std::string_view sql) {
    Result<std::optional<std::int64_t>> value = select_integer(handle, sql);
    if (!value) return value.error();
    return value->value_or(0);
}

Error written_by_newer(sqlite3* handle, std::int64_t version) {
    return Error(ErrorCode::invalid_input,
                 std::string(sqlite3_db_filename(handle, "main")) +
                     " was written by a newer aihub (version " + std::to_string(version) +
                     " of the tables; this program knows " + std::to_string(newest()) + ")",
                 "upgrade this program");
}

Error of_another_program(sqlite3* handle) {
    return Error(ErrorCode::invalid_input,
                 std::string(sqlite3_db_filename(handle, "main")) + " is another program's database",
                 "name another file with --db");
}

Result<void> apply(sqlite3* handle, std::int64_t version) {
    for (std::int64_t at = version; at < newest(); ++at) {
        Result<void> done = execute_script(handle, all[static_cast<std::size_t>(at)]);
        if (!done) return done;
    }
    Result<void> stamped = execute(handle, "PRAGMA application_id = " + std::to_string(application_id));
    if (!stamped) return stamped;
    return execute(handle, "PRAGMA user_version = " + std::to_string(newest()));
}

// What the header and the tables say, as they were at one moment.
Result<void> check_identity_now(sqlite3* handle) {
    Result<std::int64_t> owner = read_integer(handle, "PRAGMA application_id");
    if (!owner) return owner.error();
    Result<std::int64_t> version = schema_version(handle);
    if (!version) return version.error();
    Result<std::int64_t> objects = read_integer(handle, "SELECT count(*) FROM sqlite_schema");
    if (!objects) return objects.error();
    bool is_new = *owner == 0 && *version == 0 && *objects == 0;
    if (*owner != application_id && !is_new) return of_another_program(handle);
    if (*version > newest()) return written_by_newer(handle, *version);
    return {};
}

}  // namespace

std::span<const char* const> migrations() {
    return all;
}

Result<std::int64_t> schema_version(sqlite3* handle) {
    return read_integer(handle, "PRAGMA user_version");
}

Result<void> check_identity(sqlite3* handle) {
    Result<void> begun = execute(handle, "BEGIN");
    if (!begun) return begun;
    Result<void> checked = check_identity_now(handle);
    Result<void> ended = execute(handle, "COMMIT");
    return checked ? ended : checked;
}

Result<void> migrate(sqlite3* handle) {
    Result<std::int64_t> seen = schema_version(handle);
    if (!seen) return seen.error();
    if (*seen == newest()) return {};  // the usual case takes no lock
    Result<Transaction> transaction = Transaction::begin(handle);
    if (!transaction) return transaction.error();
    Result<std::int64_t> version = schema_version(handle);
    if (!version) return version.error();
    if (*version > newest()) return written_by_newer(handle, *version);
    Result<void> applied = apply(handle, *version);
    if (!applied) return applied;
    return transaction->commit();
}

}  // namespace aihub::db
