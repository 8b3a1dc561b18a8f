#include <memory>
#include <string>

#include "tools/aihub-keys/allowance.hpp"
#include "tools/aihub-keys/commands.hpp"
#include "tools/aihub-keys/presentation.hpp"
#include "tools/aihub-keys/store.hpp"

namespace aihub::keys {
namespace {

struct BalanceOptions {
    std::string user;
    std::string amount;
    std::optional<std::string> note;
};

using Change = Result<db::User> (*)(db::Database&, const db::User&, std::int64_t, const BalanceOptions&);

Result<db::User> add_amount(db::Database& db, const db::User& user, std::int64_t amount,
                            const BalanceOptions& options) {
    return db::add_balance(db, user.id, amount, options.note.value_or("aihub-keys balance add"), actor());
}

Result<db::User> set_amount(db::Database& db, const db::User& user, std::int64_t amount,
                            const BalanceOptions& options) {
    db::UserChange change;
    change.balance_micro = amount;
    return db::change_user(db, user.id, change, actor(), options.note.value_or("aihub-keys balance set"));
}

cli::Record balance_record(const db::User& user) {
    return {"aihub.balance/1",
            {{"user", user.name}, {"tier", user.tier}, {"balance", money_cell(user.balance_micro)}}};
}

Result<void> change(const cli::Tool& tool, const BalanceOptions& options, Change act, cli::Output& out) {
    Result<std::int64_t> amount = parse_amount("AMOUNT", options.amount);
    if (!amount) return amount.error();
    Result<KnownUser> known = find_user_to_change(tool, options.user);
    if (!known) return known.error();
    Result<db::User> changed = act(known->db, known->user, *amount, options);
    if (!changed) return changed.error();
    out.print(balance_record(*changed));
    return {};
}

Result<void> show(const cli::Tool& tool, const std::string& name, cli::Output& out) {
    Result<KnownUser> known = find_user_to_read(tool, name);
    if (!known) return known.error();
    out.print(balance_record(known->user));
    return {};
}

cli::Table history_table(const std::vector<db::BalanceChange>& changes) {
    cli::Table table{"aihub.balance_changes/1",
                     "changes",
                     {{"at", "At"}, {"amount", "Amount"}, {"type", "Type"}, {"note", "Note"}}};
    for (const db::BalanceChange& each : changes)
        table.rows.push_back(
            {cli::Cell::time(each.at_ms), money_cell(each.amount_micro), each.type, each.note});
    return table;
}

Result<void> history(const cli::Tool& tool, const std::string& name, cli::Output& out) {
    Result<KnownUser> known = find_user_to_read(tool, name);
    if (!known) return known.error();
    Result<std::vector<db::BalanceChange>> changes = db::list_transactions(known->db, known->user.id);
    if (!changes) return changes.error();
    out.print(history_table(*changes));
    return {};
}

void add_change(cli::Tool& tool, const std::string& word, const std::string& summary,
                const std::string& amount, Change act) {
    auto options = std::make_shared<BalanceOptions>();
    cli::Command& command = tool.command("balance " + word, summary);
    command.positional("USER", options->user, "by name or e-mail address");
    command.positional("AMOUNT", options->amount, amount);
    command.option("--note", "TEXT", options->note, "why, for the history");
    command.example("aihub-keys balance " + word + " bob 12.50", "the balance afterwards is printed");
    command.run([&tool, options, act](cli::Output& out) { return change(tool, *options, act, out); });
}

}  // namespace

void add_balance_commands(cli::Tool& tool) {
    tool.command("balance", "what users have left to spend: add, set, show");
    add_change(tool, "add", "add to what a user has", "as in 12.50; below zero takes away", add_amount);
    add_change(tool, "set", "set what a user has", "as in 12.50", set_amount);
    auto user = std::make_shared<std::string>();
    tool.command("balance show", "what a user has")
        .positional("USER", *user, "by name or e-mail address")
        .run([&tool, user](cli::Output& out) { return show(tool, *user, out); });
    auto whose = std::make_shared<std::string>();
    tool.command("balance history", "what was added and set, newest first")
        .positional("USER", *whose, "by name or e-mail address")
        .prints_table()
        .run([&tool, whose](cli::Output& out) { return history(tool, *whose, out); });
}

}  // namespace aihub::keys
