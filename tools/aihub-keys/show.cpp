#include <memory>
#include <string>

#include "shared/base/clock.hpp"
#include "tools/aihub-keys/commands.hpp"
#include "tools/aihub-keys/presentation.hpp"
#include "tools/aihub-keys/store.hpp"

namespace aihub::keys {
namespace {

Result<void> show(const cli::Tool& tool, const std::string& target, cli::Output& out) {
    Result<db::Database> db = open_existing_for_reading(tool);
    if (!db) return db.error();
    Result<db::ApiKey> key = db::find_key(*db, target);
    if (!key) return key.error();
    Result<db::User> user = db::find_user(*db, key->user);
    if (!user) return user.error();
    out.print(key_record(*key, *user, now_ms()));
    return {};
}

}  // namespace

void add_show_command(cli::Tool& tool) {
    auto target = std::make_shared<std::string>();
    cli::Command& command = tool.command("show", "everything about one key but its token");
    command.positional("ID|USER/NAME", *target, "the key");
    command.example("aihub-keys show bob/laptop", "its limits, its budget, when it was used");
    command.run([&tool, target](cli::Output& out) { return show(tool, *target, out); });
}

}  // namespace aihub::keys
