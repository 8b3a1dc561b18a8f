#include <memory>
#include <string>

#include "shared/base/clock.hpp"
#include "tools/aihub-keys/allowance.hpp"
#include "tools/aihub-keys/commands.hpp"
#include "tools/aihub-keys/expiry.hpp"
#include "tools/aihub-keys/presentation.hpp"
#include "tools/aihub-keys/store.hpp"

namespace aihub::keys {
namespace {

struct ChangeOptions {
    std::string target;
    std::optional<std::string> expires;
    std::optional<std::string> models;
    std::optional<std::string> budget;
    LimitOptions limits;

    bool given() const { return expires || models || budget || limits.given(); }
};

Result<db::KeyChange> wanted_change(const ChangeOptions& options, const db::ApiKey& key) {
    db::KeyChange change;
    if (options.expires) {
        Result<std::int64_t> expires = parse_expiry(*options.expires, now_ms());
        if (!expires) return expires.error();
        change.expires_ms = *expires;
    }
    if (options.models) {
        Result<std::vector<std::string>> models = parse_models(*options.models);
        if (!models) return models.error();
        change.models = *models;
    }
    if (options.budget) {
        Result<std::optional<std::int64_t>> budget = parse_budget(*options.budget);
        if (!budget) return budget.error();
        change.budget_micro = *budget;
    }
    Result<db::Limits> limits = with_options(key.limits, options.limits);
    if (!limits) return limits.error();
    if (options.limits.given()) change.limits = *limits;
    return change;
}

Result<void> change(const cli::Tool& tool, const ChangeOptions& options, cli::Output& out) {
    if (!options.given())
        return Error(ErrorCode::invalid_input, "nothing is to be changed", "see: aihub-keys change --help");
    Result<db::KeyChange> possible =
        wanted_change(options, {});  // mistakes are said before anything is opened
    if (!possible) return possible.error();
    Result<db::Database> db = open_existing(tool);
    if (!db) return db.error();
    Result<db::ApiKey> key = db::find_key(*db, options.target);
    if (!key) return key.error();
    Result<db::KeyChange> wanted = wanted_change(options, *key);
    if (!wanted) return wanted.error();
    Result<db::ApiKey> changed = db::change_key(*db, key->id, *wanted, actor());
    if (!changed) return changed.error();
    Result<db::User> user = db::find_user(*db, changed->user);
    if (!user) return user.error();
    out.print(key_record(*changed, *user, now_ms()));
    return {};
}

}  // namespace

void add_change_command(cli::Tool& tool) {
    auto options = std::make_shared<ChangeOptions>();
    cli::Command& command = tool.command("change", "change what a key may use and how long");
    command.positional("ID|USER/NAME", options->target, "the key");
    command.option("--expires", "30d|DATE|never", options->expires, "when the key stops working");
    add_models_option(command, options->models, true);
    add_limit_options(command, options->limits, true);
    add_budget_option(command, options->budget, true);
    command.example("aihub-keys change bob/laptop --expires 90d", "three more months");
    command.example("aihub-keys change bob/laptop --models any --budget none", "no such bounds any more");
    command.run([&tool, options](cli::Output& out) { return change(tool, *options, out); });
}

}  // namespace aihub::keys
