#include "shared/db/migrations.hpp"

#include <array>

#include "shared/db/accounts.hpp"
#include "shared/db/statement.hpp"
#include "tests/unit/shared/db/scratch.hpp"

namespace aihub::db {
namespace {

std::size_t newest() {
    return migrations().size();
}

// What a row of each version looks like, in the columns that it had then. A new migration adds a line.
constexpr std::array rows_of_version = {
    "",
    "INSERT INTO users (id, name, tier, created_ms) VALUES (1, 'bob', 'sub', 1000);"
    "INSERT INTO keys (hash, handle, name, hint, kind, user_id, created_ms, expires_ms)"
    " VALUES (zeroblob(32), '000000000000', 'laptop', 'ahk_…x7Qz', 'admin', 1, 2000, 3000);",
    "INSERT INTO users (id, name, email, tier, balance_micro, created_ms, tokens_per_minute)"
    " VALUES (1, 'bob', 'bob@example.org', 'sub', 5, 1000, 7);"
    "INSERT INTO keys (hash, handle, name, hint, kind, user_id, created_ms, expires_ms, models, budget_micro)"
    " VALUES (zeroblob(32), '000000000000', 'laptop', 'ahk_…x7Qz', 'admin', 1, 2000, 3000, 'gemma*', 9);",
    "INSERT INTO users (id, name, email, tier, balance_micro, created_ms, tokens_per_minute)"
    " VALUES (1, 'bob', 'bob@example.org', 'sub', 5, 1000, 7);"
    "INSERT INTO keys (hash, handle, name, hint, kind, user_id, created_ms, expires_ms, models, budget_micro)"
    " VALUES (zeroblob(32), '000000000000', 'laptop', 'ahk_…x7Qz', 'admin', 1, 2000, 3000, 'gemma*', 9);"
    "INSERT INTO access_rows (time_ms, network_scope, status, request_time_ms, body_bytes_sent, bytes_sent, "
    "flags)"
    " VALUES (1000, 1, 200, 5, 10, 20, 4);",
};

std::vector<std::string> tables(Database& db) {
    return must(select_all(
        db.handle(), [](const Statement& row) { return row.text(0); },
        "SELECT name FROM sqlite_schema WHERE type = 'table'"));
}

// Takes a new database back to nothing and up again to `version`, as an older program left it.
void write_older(const std::string& path, std::size_t version) {
    Database db = open_database(path);
    must(execute_script(db.handle(), "PRAGMA foreign_keys = OFF"));
    must(execute(db.handle(), "DROP VIEW access_events"));
    for (const std::string& table : tables(db)) must(execute(db.handle(), "DROP TABLE " + table));
    for (std::size_t at = 0; at < version; ++at) must(execute_script(db.handle(), migrations()[at]));
    must(execute_script(db.handle(), rows_of_version[version]));
    must(execute(db.handle(), "PRAGMA user_version = " + std::to_string(version)));
    if (version == 0) must(execute(db.handle(), "PRAGMA application_id = 0"));
}

std::vector<std::string> schema(Database& db) {
    return must(select_all(
        db.handle(), [](const Statement& row) { return row.text(0); },
        "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1"));
}

TEST_CASE("every version has a row to migrate") {
    CHECK(rows_of_version.size() == newest() + 1);
}

TEST_CASE("a database of every older version gets the tables of a new one") {
    Scratch scratch;
    Database fresh = open_database(scratch.path());
    for (std::size_t version = 0; version <= newest(); ++version) {
        CAPTURE(version);
        std::string path = scratch.path("version-" + std::to_string(version) + ".db");
        write_older(path, version);
        Database migrated = open_database(path);
        CHECK(schema(migrated) == schema(fresh));
        CHECK(must(schema_version(migrated.handle())) == static_cast<std::int64_t>(newest()));
    }
}

TEST_CASE("keys survive the migration from every version that had them") {
    Scratch scratch;
    for (std::size_t version = 1; version <= newest(); ++version) {
        CAPTURE(version);
        std::string path = scratch.path("version-" + std::to_string(version) + ".db");
        write_older(path, version);
        Database migrated = open_database(path);
        std::vector<Account> accounts = must(load_accounts(migrated));
        REQUIRE(accounts.size() == 1);
        CHECK(accounts[0].user == "bob");
        CHECK(accounts[0].tier == "sub");
        CHECK(accounts[0].admin);
        CHECK(accounts[0].expires_ms == 3000);
    }
}

TEST_CASE("a migration that fails leaves the database as it was") {
    Scratch scratch;
    write_older(scratch.path(), 0);
    {
        Database db = open_database(scratch.path());
        must(execute_script(db.handle(), "PRAGMA user_version = 0"));
        std::vector<std::string> before = schema(db);
        CHECK_FALSE(migrate(db.handle()));  // its tables exist already
        CHECK(schema(db) == before);
        CHECK(must(schema_version(db.handle())) == 0);
    }
}

}  // namespace
}  // namespace aihub::db
