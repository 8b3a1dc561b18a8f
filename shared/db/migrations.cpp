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

// Tiers had no meaning before, and payg was what nobody had chosen: those users keep on working without a
// balance. Limits that are NULL are the tier's. A deleted user stays as a row, too, under a name that nobody
// can be given. `usage` has no index but its key, so that a row is a plain append; lists are read from
// `usage_hours`, whose key makes one user's days neighbours. Metering touches none of the columns that the
// triggers name.
constexpr const char* accounts_and_metering = R"sql(
UPDATE users SET tier = 'open' WHERE tier = 'payg';
ALTER TABLE users ADD COLUMN requests_per_minute INTEGER;
ALTER TABLE users ADD COLUMN tokens_per_minute   INTEGER;
ALTER TABLE users ADD COLUMN max_concurrent      INTEGER;
ALTER TABLE users ADD COLUMN deleted_ms          INTEGER;
CREATE UNIQUE INDEX user_emails ON users (email COLLATE NOCASE);

ALTER TABLE keys ADD COLUMN models              TEXT;
ALTER TABLE keys ADD COLUMN requests_per_minute INTEGER;
ALTER TABLE keys ADD COLUMN tokens_per_minute   INTEGER;
ALTER TABLE keys ADD COLUMN max_concurrent      INTEGER;
ALTER TABLE keys ADD COLUMN budget_micro        INTEGER;
ALTER TABLE keys ADD COLUMN spent_micro         INTEGER NOT NULL DEFAULT 0;
ALTER TABLE keys ADD COLUMN parent_id           INTEGER REFERENCES keys (id);
ALTER TABLE keys ADD COLUMN previous_hash       BLOB CHECK (length(previous_hash) = 32);
ALTER TABLE keys ADD COLUMN previous_hint       TEXT;
ALTER TABLE keys ADD COLUMN previous_until_ms   INTEGER;
CREATE UNIQUE INDEX previous_hashes ON keys (previous_hash) WHERE previous_hash IS NOT NULL;
CREATE INDEX delegated_keys ON keys (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE counters (
    id                  INTEGER PRIMARY KEY CHECK (id = 1),
    accounts_generation INTEGER NOT NULL,
    usage_writers       INTEGER NOT NULL
) STRICT;
INSERT INTO counters VALUES (1, 1, 0);

CREATE TRIGGER user_added AFTER INSERT ON users
BEGIN UPDATE counters SET accounts_generation = accounts_generation + 1; END;
CREATE TRIGGER user_removed AFTER DELETE ON users
BEGIN UPDATE counters SET accounts_generation = accounts_generation + 1; END;
CREATE TRIGGER user_changed AFTER UPDATE OF id, name, email, tier, active, created_ms, requests_per_minute,
    tokens_per_minute, max_concurrent, deleted_ms ON users
BEGIN UPDATE counters SET accounts_generation = accounts_generation + 1; END;
CREATE TRIGGER key_added AFTER INSERT ON keys
BEGIN UPDATE counters SET accounts_generation = accounts_generation + 1; END;
CREATE TRIGGER key_removed AFTER DELETE ON keys
BEGIN UPDATE counters SET accounts_generation = accounts_generation + 1; END;
CREATE TRIGGER key_changed AFTER UPDATE OF id, hash, handle, name, hint, kind, user_id, created_ms, expires_ms,
    revoked_ms, models, requests_per_minute, tokens_per_minute, max_concurrent, budget_micro, parent_id,
    previous_hash, previous_hint, previous_until_ms ON keys
BEGIN UPDATE counters SET accounts_generation = accounts_generation + 1; END;

CREATE TABLE usage (
    id         INTEGER PRIMARY KEY,
    request_id TEXT    NOT NULL,
    at_ms      INTEGER NOT NULL,
    user_id    INTEGER NOT NULL,
    key_id     INTEGER NOT NULL,
    user       TEXT    NOT NULL,
    model      TEXT    NOT NULL,
    service    TEXT    NOT NULL,
    path       TEXT    NOT NULL,
    status     INTEGER NOT NULL,
    tokens_in  INTEGER NOT NULL,
    tokens_out INTEGER NOT NULL,
    audio_ms   INTEGER NOT NULL,
    characters INTEGER NOT NULL,
    estimated  INTEGER NOT NULL,
    cost_micro INTEGER NOT NULL,
    charged    INTEGER NOT NULL,
    latency_ms INTEGER NOT NULL,
    ttft_ms    INTEGER
) STRICT;

CREATE TABLE usage_hours (
    user_id    INTEGER NOT NULL,
    hour_ms    INTEGER NOT NULL,
    key_id     INTEGER NOT NULL,
    model      TEXT    NOT NULL,
    requests   INTEGER NOT NULL,
    tokens_in  INTEGER NOT NULL,
    tokens_out INTEGER NOT NULL,
    cost_micro INTEGER NOT NULL,
    latency_ms INTEGER NOT NULL,
    PRIMARY KEY (user_id, hour_ms, key_id, model)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_hours_by_time ON usage_hours (hour_ms);

CREATE TABLE balance_changes (
    id           INTEGER PRIMARY KEY,
    user_id      INTEGER NOT NULL REFERENCES users (id),
    at_ms        INTEGER NOT NULL,
    amount_micro INTEGER NOT NULL,
    type         TEXT    NOT NULL CHECK (type IN ('admin_topup', 'credit')),
    note         TEXT    NOT NULL
) STRICT;
CREATE INDEX balance_changes_of_user ON balance_changes (user_id);

CREATE TABLE signups (
    id         INTEGER PRIMARY KEY,
    email      TEXT    NOT NULL,
    tier       TEXT    NOT NULL,
    message    TEXT    NOT NULL,
    status     TEXT    NOT NULL CHECK (status IN ('pending', 'approved', 'rejected')),
    created_ms INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX pending_signups ON signups (email COLLATE NOCASE) WHERE status = 'pending';

CREATE TABLE audit (
    id     INTEGER PRIMARY KEY,
    at_ms  INTEGER NOT NULL,
    actor  TEXT    NOT NULL,
    source TEXT    NOT NULL,
    action TEXT    NOT NULL,
    target TEXT    NOT NULL,
    detail TEXT    NOT NULL
) STRICT;
CREATE INDEX audit_by_time ON audit (at_ms);
)sql";

// Texts of access_rows that repeat are numbers in access_texts, others stand there as they are; the view
// access_events shows all as text, in the columns that dashboards of an earlier gateway ask for, then more.
constexpr const char* access_events = R"sql(
CREATE TABLE access_texts (
    id   INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE access_rows (
    id               INTEGER PRIMARY KEY,
    time_ms          INTEGER NOT NULL,
    remote_addr      ANY,
    forwarded_for    ANY,
    client_ip        ANY,
    network_scope    INTEGER NOT NULL,
    method           ANY,
    path             ANY,
    uri              ANY,
    status           INTEGER NOT NULL,
    request_time_ms  INTEGER NOT NULL,
    body_bytes_sent  INTEGER NOT NULL,
    bytes_sent       INTEGER NOT NULL,
    api_key          ANY,
    key_id           ANY,
    referer          ANY,
    user_agent       ANY,
    upstream_addr    ANY,
    upstream_status  ANY,
    upstream_time_ms INTEGER,
    flags            INTEGER NOT NULL,
    request_id       ANY,
    user             ANY,
    model            ANY,
    service          ANY,
    ttft_ms          INTEGER,
    tokens_in        INTEGER,
    tokens_out       INTEGER
) STRICT;
CREATE INDEX access_rows_by_time ON access_rows (time_ms);

CREATE TABLE access_minutes (
    minute_ms       INTEGER PRIMARY KEY,
    requests        INTEGER NOT NULL,
    status_2xx      INTEGER NOT NULL,
    status_3xx      INTEGER NOT NULL,
    status_4xx      INTEGER NOT NULL,
    status_5xx      INTEGER NOT NULL,
    flagged         INTEGER NOT NULL,
    bytes_sent      INTEGER NOT NULL,
    request_time_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE access_hours (
    dimension       INTEGER NOT NULL,
    hour_ms         INTEGER NOT NULL,
    value           TEXT    NOT NULL,
    requests        INTEGER NOT NULL,
    client_errors   INTEGER NOT NULL,
    server_errors   INTEGER NOT NULL,
    bytes_sent      INTEGER NOT NULL,
    request_time_ms INTEGER NOT NULL,
    PRIMARY KEY (dimension, hour_ms, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE access_sources (
    id            INTEGER PRIMARY KEY,
    path          TEXT    NOT NULL,
    place         TEXT    NOT NULL,
    device        INTEGER NOT NULL,
    inode         INTEGER NOT NULL,
    prefix_length INTEGER NOT NULL,
    prefix_hash   BLOB    NOT NULL,
    position      INTEGER NOT NULL,
    state         INTEGER NOT NULL,
    lines         INTEGER NOT NULL,
    bad_lines     INTEGER NOT NULL,
    seen_ms       INTEGER NOT NULL
) STRICT;

CREATE VIEW access_events AS SELECT
    id,
    strftime('%Y-%m-%dT%H:%M:%S+00:00', time_ms / 1000, 'unixepoch') AS timestamp,
    coalesce(CASE typeof(remote_addr) WHEN 'integer'
        THEN (SELECT t.text FROM access_texts AS t WHERE t.id = remote_addr) ELSE remote_addr END,
        '') AS remote_addr,
    coalesce(CASE typeof(forwarded_for) WHEN 'integer'
        THEN (SELECT t.text FROM access_texts AS t WHERE t.id = forwarded_for) ELSE forwarded_for END,
        '[]') AS forwarded_for,
    coalesce(CASE typeof(client_ip) WHEN 'integer'
        THEN (SELECT t.text FROM access_texts AS t WHERE t.id = client_ip) ELSE client_ip END,
        CASE typeof(remote_addr) WHEN 'integer'
        THEN (SELECT t.text FROM access_texts AS t WHERE t.id = remote_addr) ELSE remote_addr END,
        '') AS client_ip,
    CASE network_scope WHEN 1 THEN 'Loopback' WHEN 2 THEN 'Private' WHEN 3 THEN 'Tailscale'
        WHEN 4 THEN 'Reserved' WHEN 5 THEN 'Public' ELSE 'Unknown' END AS network_scope,
    coalesce(CASE typeof(method) WHEN 'integer'
        THEN (SELECT t.text FROM access_texts AS t WHERE t.id = method) ELSE method END,
        '') AS request_method,
    coalesce(CASE typeof(uri) WHEN 'integer'
        THEN (SELECT t.text FROM access_texts AS t WHERE t.id = uri) ELSE uri END,
        CASE typeof(path) WHEN 'integer'
        THEN (SELECT t.text FROM access_texts AS t WHERE t.id = path) ELSE path END,
        '') AS request_uri,
    coalesce(CASE typeof(path) WHEN 'integer'
        THEN (SELECT t.text FROM access_texts AS t WHERE t.id = path) ELSE path END, '') AS request_path,
    status,
    (status / 100) || 'xx' AS status_family,
    request_time_ms,
    body_bytes_sent,
    bytes_sent,
    coalesce(CASE typeof(api_key) WHEN 'integer'
        THEN (SELECT t.text FROM access_texts AS t WHERE t.id = api_key) ELSE api_key END,
        '(none)') AS api_key,
    coalesce(CASE typeof(referer) WHEN 'integer'
        THEN (SELECT t.text FROM access_texts AS t WHERE t.id = referer) ELSE referer END, '') AS referer,
    coalesce(CASE typeof(user_agent) WHEN 'integer'
        THEN (SELECT t.text FROM access_texts AS t WHERE t.id = user_agent) ELSE user_agent END,
        '') AS user_agent,
    coalesce(CASE typeof(upstream_addr) WHEN 'integer'
        THEN (SELECT t.text FROM access_texts AS t WHERE t.id = upstream_addr) ELSE upstream_addr END,
        '') AS upstream_addr,
    coalesce(CASE typeof(upstream_status) WHEN 'integer'
        THEN (SELECT t.text FROM access_texts AS t WHERE t.id = upstream_status) ELSE upstream_status END,
        '') AS upstream_status,
    upstream_time_ms AS upstream_response_time_ms,
    '[' || substr(
        CASE WHEN flags & 1 THEN ',"upstream_error"' ELSE '' END ||
        CASE WHEN flags & 2 THEN ',"client_error"' ELSE '' END ||
        CASE WHEN flags & 4 THEN ',"no_api_key"' ELSE '' END ||
        CASE WHEN flags & 8 THEN ',"suspicious_path"' ELSE '' END ||
        CASE WHEN flags & 16 THEN ',"very_slow"' ELSE '' END, 2) || ']' AS flags,
    flags != 0 AS is_flagged,
    coalesce(CASE typeof(request_id) WHEN 'integer'
        THEN (SELECT t.text FROM access_texts AS t WHERE t.id = request_id) ELSE request_id END,
        '') AS request_id,
    coalesce(CASE typeof(user) WHEN 'integer'
        THEN (SELECT t.text FROM access_texts AS t WHERE t.id = user) ELSE user END, '') AS user,
    coalesce(CASE typeof(key_id) WHEN 'integer'
        THEN (SELECT t.text FROM access_texts AS t WHERE t.id = key_id) ELSE key_id END, '') AS key_id,
    coalesce(CASE typeof(model) WHEN 'integer'
        THEN (SELECT t.text FROM access_texts AS t WHERE t.id = model) ELSE model END, '') AS model,
    coalesce(CASE typeof(service) WHEN 'integer'
        THEN (SELECT t.text FROM access_texts AS t WHERE t.id = service) ELSE service END, '') AS service,
    tokens_in,
    tokens_out,
    ttft_ms,
    time_ms
FROM access_rows;
)sql";

constexpr std::array all = {users_and_keys, accounts_and_metering, access_events};

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
