#include <map>
#include <memory>
#include <string>

#include "shared/config/builtin_tiers.hpp"
#include "tools/aihub-keys/commands.hpp"
#include "tools/aihub-keys/presentation.hpp"
#include "tools/aihub-keys/store.hpp"
#include "tools/aihub-keys/user_change.hpp"

namespace aihub::keys {
namespace {

struct Tier {
    config::TierConfig terms;
    bool described = false;  // in the settings, or always there
    std::int64_t users = 0;
};
using Tiers = std::map<std::string, Tier>;

Tiers tiers_of(const config::Configuration& configuration) {
    Tiers tiers;
    for (const config::TierConfig& terms : config::described_tiers(configuration))
        tiers[terms.name] = {terms, true};
    return tiers;
}

Result<Tiers> read_tiers(const cli::Tool& tool) {
    Result<config::Configuration> configuration = tool.configuration();
    if (!configuration) return configuration.error();
    Tiers tiers = tiers_of(*configuration);
    Result<std::optional<db::Database>> db = open_for_reading(tool);
    if (!db) return db.error();
    if (!*db) return tiers;
    Result<std::vector<db::User>> users = db::list_users(**db);
    if (!users) return users.error();
    for (const db::User& user : *users) ++tiers[user.tier].users;
    for (auto& [name, tier] : tiers)
        if (!tier.described) tier.terms.requests_per_minute = config::rate_of_unknown_tiers;
    return tiers;
}

Result<void> list(const cli::Tool& tool, cli::Output& out) {
    Result<Tiers> tiers = read_tiers(tool);
    if (!tiers) return tiers.error();
    cli::Table table{"aihub.tiers/1",
                     "tiers",
                     {{"tier", "Tier"},
                      {"users", "Users"},
                      {"requests_per_minute", "Requests/min"},
                      {"tokens_per_minute", "Tokens/min"},
                      {"max_concurrent", "At once"},
                      {"prepaid", "Prepaid"},
                      {"unlimited", "Unlimited"},
                      {"described", "In settings"}}};
    for (const auto& [name, tier] : *tiers)
        table.rows.push_back(
            {name, cli::Cell::number(tier.users), number_cell(tier.terms.requests_per_minute),
             number_cell(tier.terms.tokens_per_minute), number_cell(tier.terms.max_concurrent),
             cli::Cell::boolean(tier.terms.prepaid.value_or(false)), cli::Cell::boolean(tier.terms.unlimited),
             cli::Cell::boolean(tier.described)});
    out.print(table);
    return {};
}

struct SetOptions {
    std::string user;
    std::string tier;
};

// Not refused: the settings of the gateway may be on another machine, or change afterwards.
Result<void> note_unknown(const cli::Tool& tool, const std::string& tier, cli::Output& out) {
    Result<config::Configuration> configuration = tool.configuration();
    if (!configuration) return configuration.error();
    if (!tiers_of(*configuration).contains(tier))
        out.note("the settings describe no tier " + tier + ": five requests a minute until they do");
    return {};
}

Result<void> set(const cli::Tool& tool, const SetOptions& options, cli::Output& out) {
    db::UserChange change;
    change.tier = options.tier;
    Result<void> changed = change_user(tool, options.user, change, out);
    return changed ? note_unknown(tool, options.tier, out) : changed;
}

}  // namespace

void add_tier_commands(cli::Tool& tool) {
    tool.command("tier", "what users pay by: set, list");
    auto options = std::make_shared<SetOptions>();
    cli::Command& command = tool.command("tier set", "give a user another tier");
    command.positional("USER", options->user, "by name or e-mail address");
    command.positional("TIER", options->tier, "payg, sub, admin or one of your own");
    command.example("aihub-keys tier set bob sub", "bob has a subscription from now on");
    command.run([&tool, options](cli::Output& out) { return set(tool, *options, out); });
    tool.command("tier list", "show the tiers, what they allow, and how many users have them")
        .prints_table()
        .run([&tool](cli::Output& out) { return list(tool, out); });
}

}  // namespace aihub::keys
