#include <memory>
#include <string>

#include "shared/base/clock.hpp"
#include "shared/base/strings.hpp"
#include "shared/db/audit.hpp"
#include "tools/aihub-keys/commands.hpp"
#include "tools/aihub-keys/expiry.hpp"
#include "tools/aihub-keys/store.hpp"

namespace aihub::keys {
namespace {

struct AuditOptions {
    std::string since = "7d";
    std::string limit = "1000";
};

cli::Table audit_table(const std::vector<db::AuditEntry>& entries) {
    cli::Table table{"aihub.audit/1",
                     "entries",
                     {{"at", "At"},
                      {"actor", "Who"},
                      {"source", "From"},
                      {"action", "Action"},
                      {"target", "On"},
                      {"detail", "Detail"}}};
    for (const db::AuditEntry& entry : entries)
        table.rows.push_back({cli::Cell::time(entry.at_ms), entry.actor, entry.source, entry.action,
                              entry.target,
                              entry.detail.empty() ? cli::Cell::none() : cli::Cell(entry.detail)});
    return table;
}

Result<std::int64_t> first_moment(const std::string& since) {
    if (since == "ever") return std::int64_t{0};
    if (std::optional<std::int64_t> moment = parse_timestamp(since)) return *moment;
    Result<std::int64_t> span = parse_span("--since", since);
    if (!span)
        return Error(ErrorCode::invalid_input,
                     "--since " + printable(since) + ": neither a time span nor a date",
                     "write 7d, 12h, 2027-01-31 or ever");
    return now_ms() - *span;
}

Result<void> audit(const cli::Tool& tool, const AuditOptions& options, cli::Output& out) {
    Result<std::int64_t> since = first_moment(options.since);
    if (!since) return since.error();
    std::optional<std::uint64_t> limit = parse_unsigned(options.limit);
    if (!limit || *limit == 0 || *limit > 1'000'000)
        return Error(ErrorCode::invalid_input,
                     "--limit " + printable(options.limit) + ": no number from 1 to 1000000", "write 1000");
    Result<std::optional<db::Database>> db = open_for_reading(tool);
    if (!db) return db.error();
    Result<std::vector<db::AuditEntry>> entries =
        *db ? db::list_audit(**db, *since, static_cast<std::int64_t>(*limit) + 1)
            : Result<std::vector<db::AuditEntry>>(std::vector<db::AuditEntry>());
    if (!entries) return entries.error();
    bool more = entries->size() > *limit;
    if (more) entries->pop_back();
    out.print(audit_table(*entries));
    if (more) out.note("there are older entries; see more of them with --limit");
    return {};
}

}  // namespace

void add_audit_command(cli::Tool& tool) {
    auto options = std::make_shared<AuditOptions>();
    cli::Command& command = tool.command("audit", "who changed what, when and from where");
    command.option("--since", "7d|DATE|ever", options->since, "how far back (default: 7d)");
    command.option("--limit", "N", options->limit, "at most so many, the newest (default: 1000)");
    command.prints_table();
    command.example("aihub-keys audit --since 24h", "what has happened since yesterday");
    command.run([&tool, options](cli::Output& out) { return audit(tool, *options, out); });
}

}  // namespace aihub::keys
