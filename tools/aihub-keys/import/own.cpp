#include "shared/crypto/tokens.hpp"
#include "tools/aihub-keys/export.hpp"
#include "tools/aihub-keys/import/fields.hpp"
#include "tools/aihub-keys/import/sources.hpp"

namespace aihub::keys {
namespace {

Result<crypto::Digest> hash_of(const Row& row) {
    if (row.has("hash")) return digest_of(row, "hash");
    if (row.has("token")) return crypto::sha256(row.text("token"));
    return wrong_row(row, "neither hash nor token is given", "export with --hashes");
}

std::string hint_of(const Row& row) {
    return row.has("token") ? crypto::token_hint(row.text("token")) : row.text("hint");
}

Result<void> read_money(const Row& row, db::ImportedKey& key) {
    Result<std::optional<std::int64_t>> balance = money_of(row, "balance");
    if (!balance) return balance.error();
    Result<std::optional<std::int64_t>> budget = money_of(row, "budget");
    if (!budget) return budget.error();
    Result<std::optional<std::int64_t>> spent = money_of(row, "spent");
    if (!spent) return spent.error();
    key.balance_micro = balance->value_or(0);
    key.budget_micro = *budget;
    key.spent_micro = spent->value_or(0);
    return {};
}

Result<void> read_times(const Row& row, db::ImportedKey& key) {
    Result<std::int64_t> created = moment_of(row, "created");
    if (!created) return created.error();
    Result<std::int64_t> expires = moment_of(row, "expires");
    if (!expires) return expires.error();
    key.created_ms = *created;
    key.expires_ms = *expires;
    return {};
}

Result<db::ImportedKey> read_key(const Row& row, const std::string& tier) {
    db::ImportedKey key;
    Result<crypto::Digest> hash = hash_of(row);
    if (!hash) return hash.error();
    Result<db::Limits> limits = limits_of(row, "requests_per_minute", "tokens_per_minute", "max_concurrent");
    if (!limits) return limits.error();
    key.hash = *hash;
    key.limits = *limits;
    key.hint = hint_of(row);
    key.user = row.text("user");
    key.email = row.text("email");
    if (row.has("name")) key.name = row.text("name");
    if (row.has("kind")) key.kind = row.text("kind");
    key.tier = !tier.empty() ? tier : row.has("tier") ? row.text("tier") : key.tier;
    key.user_active = truth_of(row, "active", true);
    key.models = list_of(row, "models");
    Result<void> read = read_money(row, key);
    if (read) read = read_times(row, key);
    if (!read) return read.error();
    return key;
}

Row unguarded_row(Row row) {
    for (auto& [column, value] : row.values) value = unguarded(value);
    return row;
}

}  // namespace

Result<Import> read_own(const Tables& tables, const std::string& tier) {
    Import import;
    for (const Row& guarded_row : tables.at("").rows) {
        Row row = unguarded_row(guarded_row);
        if (row.has("revoked")) {
            import.left_out.push_back(
                {row.text("user") + "/" + row.text("name") + " (" + row.place + ")", "deleted"});
            continue;
        }
        Result<db::ImportedKey> key = read_key(row, tier);
        if (!key) return key.error();
        import.keys.push_back(*key);
    }
    return import;
}

}  // namespace aihub::keys
