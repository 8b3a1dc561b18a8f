#include <memory>
#include <optional>
#include <string>

#include "shared/base/clock.hpp"
#include "shared/base/money.hpp"
#include "tools/aihub-keys/allowance.hpp"
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
    std::optional<std::string> balance;
    std::optional<std::string> models;
    std::optional<std::string> budget;
    LimitOptions limits;
    bool admin = false;
    bool worker = false;
};

Result<void> put_in_money(db::NewKey& wanted, const AddOptions& options) {
    Result<std::int64_t> balance = options.balance ? parse_amount("--balance", *options.balance) : 0;
    if (!balance) return balance.error();
    Result<std::optional<std::int64_t>> budget = parse_budget(options.budget.value_or("none"));
    if (!budget) return budget.error();
    wanted.balance_micro = *balance;
    wanted.budget_micro = *budget;
    return {};
}

Result<void> put_in_allowance(db::NewKey& wanted, const AddOptions& options) {
    Result<std::vector<std::string>> models = parse_models(options.models.value_or("any"));
    if (!models) return models.error();
    Result<db::Limits> limits = with_options({}, options.limits);
    if (!limits) return limits.error();
    wanted.models = *models;
    wanted.limits = *limits;
    return {};
}

Result<db::NewKey> wanted_key(const cli::Tool& tool, const AddOptions& options) {
    if (options.admin && options.worker)
        return Error(ErrorCode::invalid_input, "--admin and --worker exclude one another",
                     "give one of them");
    Result<std::int64_t> expires = parse_expiry(options.expires, now_ms());
    if (!expires) return expires.error();
    db::NewKey wanted;
    wanted.user = options.user;
    wanted.name = options.name.value_or(wanted.name);
    wanted.tier = tier_of_new_user(tool, options.tier, options.balance.has_value());
    wanted.admin = options.admin;
    wanted.worker = options.worker;
    wanted.expires_ms = *expires;
    Result<void> put = put_in_money(wanted, options);
    if (put) put = put_in_allowance(wanted, options);
    if (!put) return put.error();
    return wanted;
}

void describe(cli::Output& out, const db::MadeKey& made, const AddOptions& options) {
    const db::ApiKey& key = made.key;
    out.note("key " + key.name + " of " + key.user + ": id " + key.id + ", tier " + key.tier + ", expires " +
             end_in_words(key.expires_ms) + "; this is the only time that it is shown");
    if (options.tier && *options.tier != key.tier)
        out.note("--tier is for new users: " + key.user + " keeps the tier " + key.tier +
                 "; change it with: aihub-keys tier set");
    if (options.balance && !made.new_user)
        out.note("--balance is for new users: that of " + key.user +
                 " is as it was; change it with: aihub-keys balance add");
}

Result<void> add(const cli::Tool& tool, const AddOptions& options, cli::Output& out) {
    Result<db::NewKey> wanted = wanted_key(tool, options);
    if (!wanted) return wanted.error();
    Result<db::Database> db = open_for_writing(tool);
    if (!db) return db.error();
    Result<db::MadeKey> made = make_and_show(out, "", [&](const db::HandOver& hand_over) {
        return db::make_key(*db, *wanted, actor(), hand_over);
    });
    if (!made) return made.error();
    if (!out.wants_json()) describe(out, *made, options);
    return {};
}

}  // namespace

void add_add_command(cli::Tool& tool) {
    auto options = std::make_shared<AddOptions>();
    cli::Command& command = tool.command("add", "make a key, and its user when that one is new");
    command.positional("USER", options->user, "who the key is for");
    command.positional("TOKEN_NAME", options->name, "tells the user's keys apart (default: default)");
    command.option("--tier", "TIER", options->tier,
                   "what a new user may do and pays: open, payg, sub, admin or your own (default: the "
                   "setting default_tier; "
                   "with --balance: payg)");
    command.option("--balance", "AMOUNT", options->balance, "what a new user has to spend (default: 0)");
    command.option("--expires", "30d|DATE|never", options->expires,
                   "when the key stops working (default: never)");
    add_models_option(command, options->models, false);
    add_limit_options(command, options->limits, false);
    add_budget_option(command, options->budget, false);
    command.flag("--admin", options->admin, "a key that may also change models and settings");
    command.flag("--worker", options->worker, "a key with which workers and hubs join");
    command.example("aihub-keys add bob laptop", "print a key named laptop for bob");
    command.example("KEY=$(aihub-keys add ci build --expires 30d)", "keep a key for a month in a variable");
    command.example("aihub-keys add eve --models 'llama3*' --budget 5",
                    "a key for some models and some money");
    command.run([&tool, options](cli::Output& out) { return add(tool, *options, out); });
}

}  // namespace aihub::keys
