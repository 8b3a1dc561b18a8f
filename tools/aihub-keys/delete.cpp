#include <algorithm>
#include <memory>
#include <string>

#include "shared/base/clock.hpp"
#include "shared/cli/prompt.hpp"
#include "tools/aihub-keys/commands.hpp"
#include "tools/aihub-keys/presentation.hpp"
#include "tools/aihub-keys/store.hpp"

namespace aihub::keys {
namespace {

struct DeleteOptions {
    std::vector<std::string> targets;
    bool yes = false;
};

void add_new(std::vector<db::ApiKey>& keys, const std::vector<db::ApiKey>& more) {
    for (const db::ApiKey& key : more)
        if (std::none_of(keys.begin(), keys.end(),
                         [&](const db::ApiKey& known) { return known.id == key.id; }))
            keys.push_back(key);
}

// All that the targets mean, each key once; nothing when one target means nothing.
Result<std::vector<db::ApiKey>> find_all(const cli::Tool& tool, const std::vector<std::string>& targets) {
    Result<db::Database> db = open_existing_for_reading(tool);
    if (!db) return db.error();
    std::vector<db::ApiKey> keys;
    for (const std::string& target : targets) {
        Result<std::vector<db::ApiKey>> found = db::find_keys(*db, target);
        if (!found) return found;
        add_new(keys, *found);
    }
    return keys;
}

std::string question_about(const std::vector<db::ApiKey>& keys) {
    std::string names;
    for (const db::ApiKey& key : keys) names += (names.empty() ? "" : ", ") + key.user + "/" + key.name;
    return "delete " + (keys.size() == 1 ? "the key " : std::to_string(keys.size()) + " keys: ") + names +
           "?";
}

Result<std::vector<db::ApiKey>> revoke_all(const cli::Tool& tool, const std::vector<db::ApiKey>& keys) {
    Result<db::Database> db = open_for_writing(tool);
    if (!db) return db.error();
    std::vector<db::ApiKey> revoked;
    for (const db::ApiKey& key : keys) {
        Result<db::ApiKey> one = db::revoke_key(*db, key.id, actor());
        if (!one) return one.error();
        revoked.push_back(*one);
    }
    return revoked;
}

Result<void> delete_keys(const cli::Tool& tool, const DeleteOptions& options, cli::Output& out) {
    Result<std::vector<db::ApiKey>> keys = find_all(tool, options.targets);
    if (!keys) return keys.error();
    Result<bool> sure = options.yes ? true : cli::confirm(question_about(*keys), "--yes");
    if (!sure) return sure.error();
    if (!*sure) return out.answer_negative(), out.note("nothing was deleted"), Result<void>();
    Result<std::vector<db::ApiKey>> revoked = revoke_all(tool, *keys);
    if (!revoked) return revoked.error();
    out.print(keys_table(*revoked, now_ms(), out.wants_json()));
    return {};
}

}  // namespace

void add_delete_command(cli::Tool& tool) {
    auto options = std::make_shared<DeleteOptions>();
    cli::Command& command = tool.command("delete", "make keys worthless, at once and for good");
    command.positionals("ID|USER/NAME|USER", options->targets, "a key, or all keys of a user");
    command.flag("-y,--yes", options->yes, "do not ask; needed where there is no terminal");
    command.prints_table();
    command.example("aihub-keys delete bob/laptop", "asks, then deletes that key");
    command.example("aihub-keys delete bob --yes", "deletes all keys of bob");
    command.run([&tool, options](cli::Output& out) { return delete_keys(tool, *options, out); });
}

}  // namespace aihub::keys
