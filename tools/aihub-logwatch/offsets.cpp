#include <algorithm>
#include <memory>
#include <string>

#include "shared/db/access_sources.hpp"
#include "tools/aihub-logwatch/commands.hpp"
#include "tools/aihub-logwatch/state_file.hpp"
#include "tools/aihub-logwatch/store.hpp"

namespace aihub::logwatch {
namespace {

std::string name_of(db::AccessSourceState state) {
    switch (state) {
        case db::AccessSourceState::live:
            return "live";
        case db::AccessSourceState::rotated:
            return "rotated";
        case db::AccessSourceState::complete:
            return "complete";
    }
    __builtin_unreachable();
}

cli::Table sources_table(const std::vector<db::AccessSource>& sources) {
    cli::Table table{"aihub.offsets/1",
                     "offsets",
                     {{"log", "Log"},
                      {"file", "File now"},
                      {"state", "State"},
                      {"position", "Read up to byte"},
                      {"inode", "Inode"},
                      {"lines", "Lines"},
                      {"bad_lines", "Bad lines"},
                      {"read_at", "Last read"}}};
    for (const db::AccessSource& source : sources)
        table.rows.push_back({source.path, source.place, name_of(source.state),
                              cli::Cell::number(source.position), cli::Cell::number(source.inode),
                              cli::Cell::number(source.lines), cli::Cell::number(source.bad_lines),
                              cli::Cell::time(source.seen_ms)});
    return table;
}

Result<void> list(const cli::Tool& tool, cli::Output& out) {
    Result<db::Database> db = open_for_reading(tool);
    if (!db) return db.error();
    Result<std::vector<db::AccessSource>> sources = db::list_access_sources(*db);
    if (!sources) return sources.error();
    out.print(sources_table(*sources));
    return {};
}

Error never_read(const std::string& path) {
    return Error(ErrorCode::not_found, path + " was never read",
                 "see what was with: aihub-logwatch offsets list");
}

Result<void> reset(const cli::Tool& tool, const std::string& file) {
    Result<db::Database> db = open_for_reading(tool);
    if (db) db = open_for_writing(tool);
    if (!db) return db.error();
    std::string path = absolute_path(file);
    Result<std::vector<db::AccessSource>> left =
        db::change_access_sources(*db, [&](std::vector<db::AccessSource>& sources) -> Result<void> {
            bool known = std::erase_if(sources, [&](const auto& source) { return source.path == path; }) > 0;
            return known ? Result<void>() : never_read(path);
        });
    return left ? Result<void>() : left.error();
}

Result<void> export_state(const cli::Tool& tool, const std::string& file, cli::Output& out) {
    Result<db::Database> db = open_for_reading(tool);
    if (!db) return db.error();
    Result<std::vector<db::AccessSource>> sources = db::list_access_sources(*db);
    if (!sources) return sources.error();
    std::string path = absolute_path(file);
    auto newest = std::ranges::find(sources->rbegin(), sources->rend(), path, &db::AccessSource::path);
    if (newest == sources->rend()) return never_read(path);
    out.write(state_text({newest->position, newest->inode}));
    return {};
}

Result<void> import_state(const cli::Tool& tool, const std::string& state_file, const std::string& file) {
    Result<std::optional<accesslog::OlderPosition>> state = read_state(state_file);
    if (!state) return state.error();
    if (!*state) return Error(ErrorCode::not_found, "there is no file " + state_file, "check the name");
    Result<db::Database> db = open_for_writing(tool);
    if (!db) return db.error();
    std::string path = absolute_path(file);
    Result<std::vector<db::AccessSource>> sources = db::list_access_sources(*db);
    if (!sources) return sources.error();
    if (std::ranges::find(*sources, path, &db::AccessSource::path) != sources->end())
        return Error(ErrorCode::conflict, path + " was read already",
                     "forget that first with: aihub-logwatch offsets reset " + file);
    Result<accesslog::ReadingPlan> plan = accesslog::plan_reading(*db, path, *state);
    return plan ? Result<void>() : plan.error();
}

struct ImportOptions {
    std::string state;
    std::string file;
};

}  // namespace

void add_offsets_commands(cli::Tool& tool) {
    tool.command("offsets", "how far logs were read: list, reset, export, import");
    cli::Command& all = tool.command("offsets list", "all logs, and what they were before");
    all.prints_table();
    all.run([&tool](cli::Output& out) { return list(tool, out); });

    auto file = std::make_shared<std::string>();
    cli::Command& forget = tool.command("offsets reset", "forget how far a log was read");
    forget.positional("FILE", *file, "the log; the next ingest reads all of it, and counts it once more");
    forget.run([&tool, file](cli::Output&) { return reset(tool, *file); });

    auto exported = std::make_shared<std::string>();
    cli::Command& give = tool.command("offsets export", "print how far a log was read, as JSON");
    give.positional("FILE", *exported, "the log");
    give.run([&tool, exported](cli::Output& out) { return export_state(tool, *exported, out); });

    auto options = std::make_shared<ImportOptions>();
    cli::Command& take = tool.command("offsets import", "go on where another program stopped");
    take.positional("STATE.json", options->state, "its {\"position\": BYTES, \"inode\": NUMBER}");
    take.positional("FILE", options->file, "the log that it means");
    take.run([&tool, options](cli::Output&) { return import_state(tool, options->state, options->file); });
}

}  // namespace aihub::logwatch
