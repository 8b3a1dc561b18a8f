#include <memory>
#include <string>

#include "shared/base/clock.hpp"
#include "shared/db/users.hpp"
#include "tools/aihub-keys/commands.hpp"
#include "tools/aihub-keys/presentation.hpp"
#include "tools/aihub-keys/store.hpp"

namespace aihub::keys {
namespace {

struct ListOptions {
    std::string user;
    bool all = false;
};

Error no_such_user(const std::string& user) {
    return Error(ErrorCode::not_found, "no user " + user, "aihub-keys list shows them all");
}

Result<std::vector<db::ApiKey>> read_keys(const cli::Tool& tool, const ListOptions& options) {
    Result<std::optional<db::Database>> db = open_for_reading(tool);
    if (!db) return db.error();
    if (!*db && options.user.empty()) return std::vector<db::ApiKey>();
    if (!*db) return no_such_user(options.user);
    Result<bool> known = options.user.empty() ? true : db::has_user(**db, options.user);
    if (!known) return known.error();
    if (!*known) return no_such_user(options.user);
    db::KeyFilter filter;
    filter.user = options.user;
    filter.revoked_too = options.all;
    return db::list_keys(**db, filter);
}

Result<void> list(const cli::Tool& tool, const ListOptions& options, cli::Output& out) {
    Result<std::vector<db::ApiKey>> keys = read_keys(tool, options);
    if (!keys) return keys.error();
    if (keys->empty() && out.is_terminal()) out.note("no keys; make one with: aihub-keys add USER");
    out.print(keys_table(*keys, now_ms(), out.wants_json()));
    return {};
}

}  // namespace

void add_list_command(cli::Tool& tool) {
    auto options = std::make_shared<ListOptions>();
    cli::Command& command =
        tool.command("list", "show keys: whose they are and how long they last, never the tokens");
    command.option("--user", "USER", options->user, "only the keys of this user");
    command.flag("--all", options->all, "deleted keys, too");
    command.prints_table();
    command.example("aihub-keys list --user bob", "what bob has");
    command.example("aihub-keys list --all --format csv > keys.csv", "all there ever was, for a spreadsheet");
    command.run([&tool, options](cli::Output& out) { return list(tool, *options, out); });
}

}  // namespace aihub::keys
