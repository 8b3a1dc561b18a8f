#include <memory>
#include <optional>
#include <string>

#include "shared/base/clock.hpp"
#include "tools/aihub-keys/commands.hpp"
#include "tools/aihub-keys/expiry.hpp"
#include "tools/aihub-keys/presentation.hpp"
#include "tools/aihub-keys/store.hpp"

namespace aihub::keys {
namespace {

struct AddOptions {
    std::string user;
    std::optional<std::string> name;
    std::optional<std::string> tier;
    std::string expires = "never";
    bool admin = false;
};

Result<db::NewKey> wanted_key(const AddOptions& options) {
    Result<std::int64_t> expires = parse_expiry(options.expires, now_ms());
    if (!expires) return expires.error();
    db::NewKey wanted;
    wanted.user = options.user;
    wanted.name = options.name.value_or(wanted.name);
    wanted.tier = options.tier.value_or(wanted.tier);
    wanted.admin = options.admin;
    wanted.expires_ms = *expires;
    return wanted;
}

void describe(cli::Output& out, const db::ApiKey& key, const AddOptions& options) {
    std::string expires = key.expires_ms == 0 ? "never" : utc_iso8601(key.expires_ms);
    out.note("key " + key.name + " of " + key.user + ": id " + key.id + ", tier " + key.tier + ", expires " +
             expires + "; this is the only time that it is shown");
    if (options.tier && *options.tier != key.tier)
        out.note("--tier is for new users: " + key.user + " keeps the tier " + key.tier);
}

Result<void> add(const cli::Tool& tool, const AddOptions& options, cli::Output& out) {
    Result<db::NewKey> wanted = wanted_key(options);
    if (!wanted) return wanted.error();
    Result<db::Database> db = open_for_writing(tool);
    if (!db) return db.error();
    Result<db::MadeKey> made = db::make_key(*db, *wanted, this_user());
    if (!made) return made.error();
    Result<void> shown = hand_over(out, *db, *made, made->token);
    if (shown && !out.wants_json()) describe(out, made->key, options);
    return shown;
}

}  // namespace

void add_add_command(cli::Tool& tool) {
    auto options = std::make_shared<AddOptions>();
    cli::Command& command = tool.command("add", "make a key, and its user when there is none of that name");
    command.positional("USER", options->user, "who the key is for");
    command.positional("TOKEN_NAME", options->name, "tells the user's keys apart (default: default)");
    command.option("--tier", "TIER", options->tier,
                   "what a new user pays by: payg (default), sub, admin or your own");
    command.option("--expires", "30d|DATE|never", options->expires,
                   "when the key stops working (default: never)");
    command.flag("--admin", options->admin, "a key that may also change models and settings");
    command.example("aihub-keys add bob laptop", "print a key named laptop for bob");
    command.example("KEY=$(aihub-keys add ci build --expires 30d)", "keep a key for a month in a variable");
    command.run([&tool, options](cli::Output& out) { return add(tool, *options, out); });
}

}  // namespace aihub::keys
