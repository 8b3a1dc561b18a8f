#include "shared/db/audit.hpp"

#include "shared/base/clock.hpp"
#include "shared/db/audit_row.hpp"
#include "shared/db/transaction.hpp"

namespace aihub::db {
namespace {

AuditEntry read_entry(const Statement& row) {
    AuditEntry entry;
    entry.id = row.integer(0);
    entry.at_ms = row.integer(1);
    entry.actor = row.text(2);
    entry.source = row.text(3);
    entry.action = row.text(4);
    entry.target = row.text(5);
    entry.detail = row.text(6);
    return entry;
}

}  // namespace

Result<AuditRows> AuditRows::prepare(sqlite3* handle, const Actor& actor) {
    Result<Statement> insert = Statement::prepare(
        handle, "INSERT INTO audit (at_ms, actor, source, action, target, detail) VALUES (?, ?, ?, ?, ?, ?)");
    if (!insert) return insert.error();
    return AuditRows(std::move(*insert), actor);
}

Result<void> AuditRows::add(std::string_view action, std::string_view target, std::string_view detail) {
    return insert_.run(now_ms(), actor_.name, actor_.source, action, target, detail);
}

Result<void> add_audit_row(sqlite3* handle, std::string_view action, std::string_view target,
                           const Detail& detail, const Actor& actor) {
    Result<AuditRows> rows = AuditRows::prepare(handle, actor);
    if (!rows) return rows.error();
    return rows->add(action, target, detail.json());
}

Result<void> add_audit(Database& db, std::string_view action, std::string_view target,
                       std::string_view detail, const Actor& actor) {
    return in_transaction(db.handle(), [&]() -> Result<void> {
        Result<AuditRows> rows = AuditRows::prepare(db.handle(), actor);
        if (!rows) return rows.error();
        return rows->add(action, target, detail);
    });
}

Result<std::vector<AuditEntry>> list_audit(Database& db, std::int64_t since_ms, std::int64_t limit) {
    return select_all(db.handle(), read_entry,
                      "SELECT id, at_ms, actor, source, action, target, detail FROM audit "
                      "WHERE at_ms >= ? ORDER BY at_ms DESC, id DESC LIMIT ?",
                      since_ms, limit);
}

}  // namespace aihub::db
