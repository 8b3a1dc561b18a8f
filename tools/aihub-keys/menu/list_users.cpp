#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "shared/base/clock.hpp"
#include "shared/cli/table.hpp"
#include "shared/db/users.hpp"
#include "tools/aihub-keys/menu/desk.hpp"
#include "tools/aihub-keys/presentation.hpp"
#include "tools/aihub-keys/store.hpp"

namespace aihub::keys {
namespace {

// A key with its user, or a user without one.
struct Listed {
    db::User user;
    std::optional<db::ApiKey> key;
};

Result<std::vector<Listed>> read(db::Database& db) {
    Result<std::vector<db::User>> users = db::list_users(db);
    if (!users) return users.error();
    Result<std::vector<db::ApiKey>> keys = db::list_keys(db);
    if (!keys) return keys.error();
    std::map<std::int64_t, db::User> by_id;
    std::vector<Listed> listed;
    for (const db::User& user : *users) {
        by_id[user.id] = user;
        if (user.key_count == 0) listed.push_back({user, std::nullopt});
    }
    for (const db::ApiKey& key : *keys) listed.push_back({by_id[key.user_id], key});
    auto place = [](const Listed& one) {
        return std::tuple(std::string_view(one.user.name), one.key ? one.key->row : 0);
    };
    std::sort(listed.begin(), listed.end(),
              [&](const Listed& a, const Listed& b) { return place(a) < place(b); });
    return listed;
}

Result<std::vector<Listed>> read(const cli::Tool& tool) {
    Result<std::optional<db::Database>> db = open_for_reading(tool);
    if (!db) return db.error();
    if (!*db) return std::vector<Listed>();
    return read(**db);
}

std::vector<std::string> cells_of(const Listed& listed) {
    const db::User& user = listed.user;
    std::string tier = user.active ? user.tier : user.tier + ", disabled";
    std::string balance = money_cell(user.balance_micro).shown();
    if (!listed.key) return {user.name, "", "", tier, "", "", balance, day_of(user.created_ms), ""};
    const db::ApiKey& key = *listed.key;
    return {user.name,
            key.name,
            key.hint,
            tier,
            key.expires_ms == 0 ? "never" : day_of(key.expires_ms),
            day_of(key.last_used_ms),
            balance,
            day_of(key.created_ms),
            key.id};
}

cli::Searched searched_in(const Listed& listed) {
    const db::User& user = listed.user;
    std::string names = user.name + " " + user.email + " " + user.tier;
    if (!listed.key) return {names};
    return {names + " " + listed.key->name, listed.key->hint + " " + listed.key->id};
}

cli::Choice choice_of(const std::vector<Listed>& all) {
    cli::Choice choice{
        .question = "Users and their tokens",
        .titles = {"User", "API key", "Token", "Tier", "Expires", "Last used", "Balance", "Created", "ID"},
        .entries = {},
        .filters = true,
        .act = "details"};
    for (const Listed& listed : all) {
        choice.entries.push_back(cells_of(listed));
        choice.searched.push_back(searched_in(listed));
    }
    return choice;
}

// What is empty says nothing.
std::vector<std::string> details_of(const Listed& listed) {
    cli::Record record =
        listed.key ? key_record(*listed.key, listed.user, now_ms()) : user_record(listed.user);
    std::vector<std::string> lines;
    for (const auto& [name, cell] : record.fields)
        if (!cell.shown().empty()) lines.push_back(name + ": " + cell.shown());
    return lines;
}

}  // namespace

void list_users(Desk& desk) {
    Result<std::vector<Listed>> all = read(desk.tool);
    if (!all) return desk.failed(all.error());
    if (all->empty()) return desk.dialog.tell(cli::Tone::neutral, "No users found.");
    desk.dialog.browse(choice_of(*all), [&](std::size_t entry) { return details_of((*all)[entry]); });
}

}  // namespace aihub::keys
