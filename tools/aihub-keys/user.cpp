#include <memory>
#include <string>

#include "shared/cli/prompt.hpp"
#include "tools/aihub-keys/allowance.hpp"
#include "tools/aihub-keys/commands.hpp"
#include "tools/aihub-keys/presentation.hpp"
#include "tools/aihub-keys/store.hpp"
#include "tools/aihub-keys/user_change.hpp"

namespace aihub::keys {
namespace {

struct UserOptions {
    std::string name;
    std::optional<std::string> email;
    std::optional<std::string> tier;
    std::optional<std::string> balance;
    LimitOptions limits;
    bool yes = false;
};
using Options = std::shared_ptr<UserOptions>;

Result<void> add(const cli::Tool& tool, const UserOptions& options, cli::Output& out) {
    db::NewUser wanted;
    wanted.name = options.name;
    wanted.email = options.email.value_or("");
    wanted.tier = tier_of_new_user(tool, options.tier, options.balance.has_value());
    Result<std::int64_t> balance = options.balance ? parse_amount("--balance", *options.balance) : 0;
    if (!balance) return balance.error();
    Result<db::Limits> limits = with_options({}, options.limits);
    if (!limits) return limits.error();
    wanted.balance_micro = *balance;
    wanted.limits = *limits;
    Result<db::Database> db = open_for_writing(tool);
    if (!db) return db.error();
    Result<db::User> made = db::add_user(*db, wanted, actor());
    if (!made) return made.error();
    out.print(user_record(*made));
    return {};
}

Result<void> list(const cli::Tool& tool, cli::Output& out) {
    Result<std::optional<db::Database>> db = open_for_reading(tool);
    if (!db) return db.error();
    Result<std::vector<db::User>> users =
        *db ? db::list_users(**db) : Result<std::vector<db::User>>(std::vector<db::User>());
    if (!users) return users.error();
    if (users->empty() && out.is_terminal()) out.note("no users; make one with: aihub-keys user add USER");
    out.print(users_table(*users));
    return {};
}

Result<void> show(const cli::Tool& tool, const std::string& name, cli::Output& out) {
    Result<KnownUser> known = find_user_to_read(tool, name);
    if (!known) return known.error();
    out.print(user_record(known->user));
    return {};
}

Result<db::UserChange> wanted_change(const UserOptions& options) {
    Result<db::Limits> limits = with_options({}, options.limits);
    if (!limits) return limits.error();
    db::UserChange change;
    change.tier = options.tier;
    if (options.email) change.email = *options.email == "none" ? "" : *options.email;
    if (options.limits.requests_per_minute) change.requests_per_minute = limits->requests_per_minute;
    if (options.limits.tokens_per_minute) change.tokens_per_minute = limits->tokens_per_minute;
    if (options.limits.max_concurrent) change.max_concurrent = limits->max_concurrent;
    return change;
}

Result<void> change(const cli::Tool& tool, const UserOptions& options, cli::Output& out) {
    if (!options.email && !options.tier && !options.limits.given())
        return Error(ErrorCode::invalid_input, "nothing is to be changed",
                     "see: aihub-keys user change --help");
    Result<db::UserChange> wanted = wanted_change(options);
    if (!wanted) return wanted.error();
    return change_user(tool, options.name, *wanted, out);
}

std::string question_about(const db::User& user) {
    std::string keys = user.key_count == 1 ? "1 key" : std::to_string(user.key_count) + " keys";
    return "delete the user " + user.name + " and " + keys + "?";
}

Result<void> remove(const cli::Tool& tool, const UserOptions& options, cli::Output& out) {
    Result<KnownUser> known = find_user_to_change(tool, options.name);
    if (!known) return known.error();
    const db::User& user = known->user;
    Result<bool> sure = options.yes ? true : cli::confirm(question_about(user), "--yes");
    if (!sure) return sure.error();
    if (!*sure) return out.answer_negative(), out.note("nothing was deleted"), Result<void>();
    Result<db::User> deleted = db::delete_user(known->db, user.id, actor());
    if (!deleted) return deleted.error();
    out.print(user_record(user));
    return {};
}

void add_switch(cli::Tool& tool, const std::string& word, const std::string& summary, bool active) {
    auto name = std::make_shared<std::string>();
    cli::Command& command = tool.command("user " + word, summary);
    command.positional("USER", *name, "by name or e-mail address");
    command.run([&tool, name, active](cli::Output& out) {
        db::UserChange change;
        change.active = active;
        return change_user(tool, *name, change, out);
    });
}

void add_user_add(cli::Tool& tool) {
    auto options = std::make_shared<UserOptions>();
    cli::Command& command = tool.command("user add", "make a user without a key");
    command.positional("USER", options->name, "the name");
    command.option("--email", "ADDRESS", options->email, "may be given in place of the name afterwards");
    command.option(
        "--tier", "TIER", options->tier,
        "open, payg, sub, admin or your own (default: the setting default_tier; with --balance: payg)");
    command.option("--balance", "AMOUNT", options->balance, "what there is to spend (default: 0)");
    add_limit_options(command, options->limits, false);
    command.example("aihub-keys user add bob --tier sub", "bob, who has a subscription");
    command.run([&tool, options](cli::Output& out) { return add(tool, *options, out); });
}

void add_user_change(cli::Tool& tool) {
    auto options = std::make_shared<UserOptions>();
    cli::Command& command = tool.command("user change", "change a user's address, tier or limits");
    command.positional("USER", options->name, "by name or e-mail address");
    command.option("--email", "ADDRESS|none", options->email, "the new address");
    command.option("--tier", "TIER", options->tier, "the new tier");
    add_limit_options(command, options->limits, true);
    command.example("aihub-keys user change bob --requests-per-minute 30", "more than the tier gives");
    command.run([&tool, options](cli::Output& out) { return change(tool, *options, out); });
}

void add_user_delete(cli::Tool& tool) {
    auto options = std::make_shared<UserOptions>();
    cli::Command& command =
        tool.command("user delete", "delete a user and all keys; what was used stays on record");
    command.positional("USER", options->name, "by name or e-mail address");
    command.flag("-y,--yes", options->yes, "do not ask; needed where there is no terminal");
    command.run([&tool, options](cli::Output& out) { return remove(tool, *options, out); });
}

void add_user_show(cli::Tool& tool) {
    auto name = std::make_shared<std::string>();
    cli::Command& command = tool.command("user show", "everything about one user");
    command.positional("USER", *name, "by name or e-mail address");
    command.run([&tool, name](cli::Output& out) { return show(tool, *name, out); });
}

}  // namespace

void add_user_commands(cli::Tool& tool) {
    tool.command("user", "users: add, list, change, disable …");
    add_user_add(tool);
    tool.command("user list", "show all users").prints_table().run([&tool](cli::Output& out) {
        return list(tool, out);
    });
    add_user_show(tool);
    add_user_change(tool);
    add_switch(tool, "disable", "refuse a user's keys until further notice", false);
    add_switch(tool, "enable", "let a disabled user in again", true);
    add_user_delete(tool);
}

}  // namespace aihub::keys
