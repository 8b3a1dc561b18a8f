#include <algorithm>
#include <optional>
#include <string>

#include "tools/aihub-keys/menu/desk.hpp"
#include "tools/aihub-keys/presentation.hpp"
#include "tools/aihub-keys/store.hpp"

namespace aihub::keys {
namespace {

cli::Choice choice_of(const std::vector<db::ApiKey>& keys) {
    cli::Choice choice{.question = "Which token do you want to delete?",
                       .titles = {"User", "API key", "Token", "Last used", "Created", "ID"},
                       .entries = {},
                       .filters = true,
                       .act = "delete"};
    for (const db::ApiKey& key : keys) {
        choice.entries.push_back(
            {key.user, key.name, key.hint, day_of(key.last_used_ms), day_of(key.created_ms), key.id});
        choice.searched.push_back({key.user + " " + key.name, key.hint + " " + key.id});
    }
    return choice;
}

std::string question_about(const db::ApiKey& key, const std::vector<db::ApiKey>& keys) {
    bool has_narrower = std::any_of(keys.begin(), keys.end(),
                                    [&](const db::ApiKey& other) { return other.parent == key.id; });
    std::string with = has_narrower ? ", and all that were delegated from it" : "";
    return "Delete the token for " + pair_of(key.user, key.name) + with + "? It stops working at once.";
}

Result<db::ApiKey> revoke(const cli::Tool& tool, const std::string& id) {
    Result<db::Database> db = open_existing(tool);
    if (!db) return db.error();
    return db::revoke_key(*db, id, actor());
}

}  // namespace

void delete_token(Desk& desk) {
    Result<std::vector<db::ApiKey>> keys = live_keys(desk.tool);
    if (!keys) return desk.failed(keys.error());
    if (keys->empty()) return desk.dialog.tell(cli::Tone::neutral, "No users found.");
    std::optional<std::size_t> chosen = desk.dialog.choose(choice_of(*keys));
    if (!chosen) return;
    const db::ApiKey& key = (*keys)[*chosen];
    if (!desk.dialog.confirm(question_about(key, *keys)))
        return desk.dialog.tell(cli::Tone::neutral, "Nothing was deleted.");
    Result<db::ApiKey> revoked = revoke(desk.tool, key.id);
    if (!revoked) return desk.failed(revoked.error());
    desk.did("Deleted token for " + pair_of(key.user, key.name) + ".");
}

}  // namespace aihub::keys
