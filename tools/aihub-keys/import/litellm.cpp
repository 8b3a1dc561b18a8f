#include <algorithm>

#include "shared/crypto/tokens.hpp"
#include "tools/aihub-keys/import/fields.hpp"
#include "tools/aihub-keys/import/sources.hpp"

namespace aihub::keys {
namespace {

const Rows& rows_of_tokens(const Tables& tables) {
    auto named = tables.find("LiteLLM_VerificationToken");
    return named == tables.end() ? tables.at("") : named->second;
}

// LiteLLM stores the SHA-256 of keys that begin with "sk-", and others as they are.
crypto::Digest hash_of(const Row& row) {
    std::string token = row.text("token");
    std::optional<crypto::Digest> digest = crypto::from_hex(token);
    return digest ? *digest : crypto::sha256(token);
}

std::string hint_of(const Row& row) {
    if (!crypto::from_hex(row.text("token"))) return crypto::token_hint(row.text("token"));
    std::string name = row.text("key_name");  // "sk-...aBcD"
    return name.size() >= 4 ? "sk-…" + name.substr(name.size() - 4) : "sk-…";
}

std::string user_of(const Row& row) {
    if (row.has("user_id")) return row.text("user_id");
    return row.has("team_id") ? "team " + row.text("team_id") : "litellm";
}

// Words that LiteLLM has for all models, beside names of models.
std::vector<std::string> models_of(const Row& row) {
    std::vector<std::string> models = list_of(row, "models");
    for (const char* word : {"all-proxy-models", "all-team-models", "*"})
        if (std::find(models.begin(), models.end(), word) != models.end()) return {};
    return models;
}

std::string reason_to_leave_out(const Row& row) {
    if (!row.has("token")) return "it has no token";
    if (truth_of(row, "blocked", false)) return "blocked";
    return {};
}

Result<void> read_money(const Row& row, db::ImportedKey& key) {
    Result<std::optional<std::int64_t>> budget = money_of(row, "max_budget");
    if (!budget) return budget.error();
    Result<std::optional<std::int64_t>> spent = money_of(row, "spend");
    if (!spent) return spent.error();
    key.budget_micro = *budget;
    key.spent_micro = std::max<std::int64_t>(spent->value_or(0), 0);
    return {};
}

Result<db::ImportedKey> read_key(const Row& row, const std::string& tier) {
    Result<db::Limits> limits = limits_of(row, "rpm_limit", "tpm_limit", "max_parallel_requests");
    if (!limits) return limits.error();
    Result<std::int64_t> created = moment_of(row, "created_at");
    if (!created) return created.error();
    Result<std::int64_t> expires = moment_of(row, "expires");
    if (!expires) return expires.error();
    db::ImportedKey key;
    key.hash = hash_of(row);
    key.hint = hint_of(row);
    key.user = user_of(row);
    if (row.has("key_alias")) key.name = row.text("key_alias");
    key.tier = tier.empty() ? "sub" : tier;
    key.limits = *limits;
    key.models = models_of(row);
    key.created_ms = *created;
    key.expires_ms = *expires;
    Result<void> read = read_money(row, key);
    if (!read) return read.error();
    return key;
}

}  // namespace

// LiteLLM has budgets and no balances: its keys would be refused at once in a tier that is paid for in
// advance.
Result<Import> read_litellm(const Tables& tables, const std::string& tier) {
    Import import;
    for (const Row& row : rows_of_tokens(tables).rows) {
        if (std::string why = reason_to_leave_out(row); !why.empty()) {
            std::string name = row.has("key_alias") ? row.text("key_alias") : row.text("key_name");
            import.left_out.push_back({name + " (" + row.place + ")", why});
            continue;
        }
        Result<db::ImportedKey> key = read_key(row, tier);
        if (!key) return key.error();
        import.keys.push_back(*key);
    }
    return import;
}

}  // namespace aihub::keys
