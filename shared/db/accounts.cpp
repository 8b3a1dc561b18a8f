#include "shared/db/accounts.hpp"

#include <algorithm>

#include "shared/db/model_globs.hpp"
#include "shared/db/statement.hpp"

namespace aihub::db {
namespace {

constexpr std::string_view live_keys =
    "SELECT k.hash, k.id, k.handle, k.hint, u.id, u.name, u.tier, k.kind, u.active, k.expires_ms, k.models, "
    "u.requests_per_minute, u.tokens_per_minute, u.max_concurrent, "
    "k.requests_per_minute, k.tokens_per_minute, k.max_concurrent, k.budget_micro, k.parent_id, "
    "k.previous_hash, k.previous_hint, k.previous_until_ms "
    "FROM keys k JOIN users u ON u.id = k.user_id WHERE k.revoked_ms IS NULL ORDER BY k.id";

Limits read_limits(const Statement& row, int column) {
    return {row.optional_integer(column), row.optional_integer(column + 1), row.optional_integer(column + 2)};
}

Account read_account(const Statement& row) {
    Account account;
    account.hash = row.digest(0);
    account.key_row = row.integer(1);
    account.key_id = row.text(2);
    account.hint = row.text(3);
    account.user_id = row.integer(4);
    account.user = row.text(5);
    account.tier = row.text(6);
    std::string kind = row.text(7);
    account.worker = kind == "worker";
    account.active = row.integer(8) != 0;
    account.expires_ms = row.integer(9);
    account.models = split_globs(row.text(10));
    account.user_limits = read_limits(row, 11);
    account.key_limits = read_limits(row, 14);
    account.budget_micro = row.optional_integer(17).value_or(-1);
    account.parent_row = row.integer(18);
    bool own = kind == "user" && account.parent_row == 0;
    account.admin = kind == "admin" || (own && account.tier == "admin");
    return account;
}

// The token from before a rotation is the same key's for as long as both say.
Account previous_account(const Statement& row, Account account) {
    std::int64_t until = row.integer(21);
    account.hash = row.digest(19);
    account.hint = row.text(20);
    account.expires_ms = account.expires_ms == 0 ? until : std::min(account.expires_ms, until);
    return account;
}

}  // namespace

Result<void> for_each_account(Database& db, const std::function<void(const Account&)>& take) {
    Result<Statement> keys = Statement::prepare(db.handle(), live_keys);
    if (!keys) return keys.error();
    for (;;) {
        Result<bool> row = keys->next();
        if (!row) return row.error();
        if (!*row) return {};
        Account account = read_account(*keys);
        take(account);
        if (!keys->is_null(19)) take(previous_account(*keys, std::move(account)));
    }
}

Result<std::vector<Account>> load_accounts(Database& db) {
    std::vector<Account> accounts;
    Result<void> read =
        for_each_account(db, [&accounts](const Account& account) { accounts.push_back(account); });
    if (!read) return read.error();
    return accounts;
}

Result<std::int64_t> accounts_generation(Database& db) {
    Result<std::optional<std::int64_t>> generation =
        select_integer(db.handle(), "SELECT accounts_generation FROM counters");
    if (!generation) return generation.error();
    return generation->value_or(0);
}

Result<Standing> load_standing(Database& db) {
    auto balance = [](const Statement& row) { return Standing::UserBalance{row.integer(0), row.integer(1)}; };
    auto spent = [](const Statement& row) {
        return Standing::KeySpent{row.integer(0), row.integer(1), row.integer(2)};
    };
    auto users = select_all(db.handle(), balance,
                            "SELECT id, balance_micro FROM users WHERE deleted_ms IS NULL ORDER BY id");
    if (!users) return users.error();
    auto keys =
        select_all(db.handle(), spent,
                   "SELECT id, spent_micro, coalesce(budget_micro, -1) FROM keys WHERE revoked_ms IS NULL "
                   "AND (budget_micro IS NOT NULL OR parent_id IS NOT NULL) ORDER BY id");
    if (!keys) return keys.error();
    return Standing{std::move(*users), std::move(*keys)};
}

}  // namespace aihub::db
