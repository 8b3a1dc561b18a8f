#include <memory>
#include <string>

#include "shared/base/clock.hpp"
#include "tools/aihub-keys/commands.hpp"
#include "tools/aihub-keys/expiry.hpp"
#include "tools/aihub-keys/presentation.hpp"
#include "tools/aihub-keys/store.hpp"

namespace aihub::keys {
namespace {

struct ListOptions {
    std::string user;
    std::optional<std::string> expiring;
    std::optional<std::string> unused;
    bool expired = false;
    bool all = false;
};

Result<db::KeyFilter> filter_of(const ListOptions& options) {
    db::KeyFilter filter;
    filter.now_ms = now_ms();
    filter.user = options.user;
    filter.revoked_too = options.all;
    if (options.expired) filter.expired_at_ms = filter.now_ms;
    Result<std::int64_t> span = parse_span("--expiring", options.expiring.value_or("0d"));
    if (!span) return span.error();
    if (options.expiring) filter.expiring_until_ms = filter.now_ms + *span;
    span = parse_span("--unused", options.unused.value_or("0d"));
    if (!span) return span.error();
    if (options.unused) filter.unused_since_ms = filter.now_ms - *span;
    return filter;
}

Error no_such_user(const std::string& user) {
    return Error(ErrorCode::not_found, "no user " + user, "aihub-keys user list shows them all");
}

Result<std::vector<db::ApiKey>> read_keys(const cli::Tool& tool, const db::KeyFilter& filter) {
    Result<std::optional<db::Database>> db = open_for_reading(tool);
    if (!db) return db.error();
    if (!*db && filter.user.empty()) return std::vector<db::ApiKey>();
    if (!*db) return no_such_user(filter.user);
    if (!filter.user.empty()) {
        Result<db::User> user = db::find_user(**db, filter.user);
        if (!user)
            return user.error().code == ErrorCode::not_found ? no_such_user(filter.user) : user.error();
    }
    return db::list_keys(**db, filter);
}

Result<void> list(const cli::Tool& tool, const ListOptions& options, cli::Output& out) {
    if (options.expired && options.expiring)
        return Error(ErrorCode::invalid_input, "--expired and --expiring exclude one another",
                     "give one of them");
    Result<db::KeyFilter> filter = filter_of(options);
    if (!filter) return filter.error();
    Result<std::vector<db::ApiKey>> keys = read_keys(tool, *filter);
    if (!keys) return keys.error();
    if (keys->empty() && out.is_terminal()) out.note("no such keys; make one with: aihub-keys add USER");
    out.print(keys_table(*keys, filter->now_ms, out.wants_json()));
    return {};
}

}  // namespace

void add_list_command(cli::Tool& tool) {
    auto options = std::make_shared<ListOptions>();
    cli::Command& command = tool.command("list", "show keys, never the tokens");
    command.option("--user", "USER", options->user, "only the keys of this user");
    command.flag("--expired", options->expired, "only keys that have expired");
    command.option("--expiring", "7d", options->expiring, "only keys that will expire within this time");
    command.option("--unused", "30d", options->unused, "only keys that nobody has used for this time");
    command.flag("--all", options->all, "deleted keys, too");
    command.prints_table();
    command.example("aihub-keys list --user bob", "what bob has");
    command.example("aihub-keys list --expiring 7d -q", "the ids of keys that end within a week");
    command.run([&tool, options](cli::Output& out) { return list(tool, *options, out); });
}

}  // namespace aihub::keys
