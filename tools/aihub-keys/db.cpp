#include <filesystem>
#include <memory>
#include <string>

#include "shared/db/maintenance.hpp"
#include "tools/aihub-keys/commands.hpp"
#include "tools/aihub-keys/store.hpp"

namespace aihub::keys {
namespace {

Result<void> path(const cli::Tool& tool, cli::Output& out) {
    Result<config::Configuration> configuration = tool.configuration();
    if (!configuration) return configuration.error();
    std::string file = std::filesystem::absolute(configuration->settings.text("db")).lexically_normal();
    if (out.wants_json())
        out.print(cli::Record{"aihub.database/1", {{"path", file}}});
    else
        out.line(file);
    return {};
}

Error no_database() {
    return Error(ErrorCode::not_found, "there is no database yet",
                 "the first is made by: aihub-keys add USER");
}

Result<db::Database> open_database(const cli::Tool& tool) {
    Result<std::optional<db::Database>> db = open_for_reading(tool);
    if (!db) return db.error();
    if (!*db) return no_database();
    return std::move(**db);
}

Result<void> check(const cli::Tool& tool, cli::Output& out) {
    Result<db::Database> db = open_database(tool);
    if (!db) return db.error();
    Result<std::vector<std::string>> damage = db::find_damage(*db);
    if (!damage) return damage.error();
    if (!damage->empty())
        return Error(ErrorCode::corrupt,
                     db->path() + " is damaged: " + damage->front() +
                         (damage->size() > 1 ? ", and " + std::to_string(damage->size() - 1) + " more" : ""),
                     "restore it from a backup");
    if (out.wants_json())
        out.print(
            cli::Record{"aihub.database/1", {{"path", db->path()}, {"sound", cli::Cell::boolean(true)}}});
    else
        out.line(db->path() + " is sound");
    return {};
}

struct BackupOptions {
    std::string file;
    bool force = false;
};

Result<void> back_up(const cli::Tool& tool, const BackupOptions& options, cli::Output& out) {
    Result<db::Database> db = open_database(tool);
    if (!db) return db.error();
    Result<void> done = db::back_up(*db, options.file, options.force);
    if (!done) return done;
    std::string file = std::filesystem::absolute(options.file).lexically_normal();
    if (out.wants_json())
        out.print(cli::Record{"aihub.database/1", {{"path", db->path()}, {"backup", file}}});
    else
        out.line(file);
    return {};
}

}  // namespace

void add_db_commands(cli::Tool& tool) {
    tool.command("db", "the database file: path, check, backup");
    tool.command("db path", "print where it is").run([&tool](cli::Output& out) { return path(tool, out); });
    tool.command("db check", "look for damage, page by page").run([&tool](cli::Output& out) {
        return check(tool, out);
    });
    auto options = std::make_shared<BackupOptions>();
    cli::Command& backup = tool.command("db backup", "copy it, also while a gateway runs");
    backup.positional("FILE", options->file, "where to");
    backup.flag("--force", options->force, "replace the file when it is there");
    backup.example("aihub-keys db backup /var/backups/aihub.db --force", "for a nightly job");
    backup.run([&tool, options](cli::Output& out) { return back_up(tool, *options, out); });
}

}  // namespace aihub::keys
