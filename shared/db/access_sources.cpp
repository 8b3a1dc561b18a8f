#include "shared/db/access_sources.hpp"

#include <algorithm>
#include <map>

#include "shared/db/statement.hpp"
#include "shared/db/transaction.hpp"

namespace aihub::db {
namespace {

AccessSource read_source(const Statement& row) {
    AccessSource source;
    source.id = row.integer(0);
    source.path = row.text(1);
    source.place = row.text(2);
    source.device = row.integer(3);
    source.inode = row.integer(4);
    source.prefix_length = row.integer(5);
    source.prefix_hash = row.digest(6);
    source.position = row.integer(7);
    source.state = static_cast<AccessSourceState>(row.integer(8));
    source.lines = row.integer(9);
    source.bad_lines = row.integer(10);
    source.seen_ms = row.integer(11);
    return source;
}

// The id of the row, which a new one gets here.
Result<std::int64_t> store(Database& db, const AccessSource& source) {
    Result<Statement> statement = Statement::prepare(
        db.handle(),
        "INSERT INTO access_sources VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
        "path = excluded.path, place = excluded.place, device = excluded.device, inode = excluded.inode, "
        "prefix_length = excluded.prefix_length, prefix_hash = excluded.prefix_hash, "
        "position = excluded.position, state = excluded.state, lines = excluded.lines, "
        "bad_lines = excluded.bad_lines, seen_ms = excluded.seen_ms RETURNING id",
        source.id == 0 ? std::optional<std::int64_t>() : source.id, source.path, source.place, source.device,
        source.inode, source.prefix_length, source.prefix_hash, source.position,
        static_cast<std::int64_t>(source.state), source.lines, source.bad_lines, source.seen_ms);
    if (!statement) return statement.error();
    Result<bool> row = statement->next();
    if (!row) return row.error();
    std::int64_t id = *row ? statement->integer(0) : source.id;
    while (row && *row) row = statement->next();
    if (!row) return row.error();
    return id;
}

Result<void> remove_missing(Database& db, const std::vector<AccessSource>& before,
                            const std::vector<AccessSource>& after) {
    for (const AccessSource& source : before) {
        if (std::ranges::find(after, source.id, &AccessSource::id) != after.end()) continue;
        Result<void> removed = execute(db.handle(), "DELETE FROM access_sources WHERE id = ?", source.id);
        if (!removed) return removed;
    }
    return {};
}

Result<void> store_changed(Database& db, const std::vector<AccessSource>& before,
                           std::vector<AccessSource>& after) {
    for (AccessSource& source : after) {
        if (std::ranges::find(before, source) != before.end()) continue;
        Result<std::int64_t> id = store(db, source);
        if (!id) return id.error();
        source.id = *id;
    }
    return {};
}

}  // namespace

Result<std::vector<AccessSource>> list_access_sources(Database& db) {
    return select_all(db.handle(), read_source, "SELECT * FROM access_sources ORDER BY id");
}

Result<std::vector<AccessSource>> change_access_sources(
    Database& db, const std::function<Result<void>(std::vector<AccessSource>&)>& change) {
    return in_transaction(db.handle(), [&]() -> Result<std::vector<AccessSource>> {
        Result<std::vector<AccessSource>> before = list_access_sources(db);
        if (!before) return before;
        std::vector<AccessSource> after = *before;
        Result<void> done = change(after);
        if (done) done = remove_missing(db, *before, after);
        if (done) done = store_changed(db, *before, after);
        if (!done) return done.error();
        return after;
    });
}

}  // namespace aihub::db
