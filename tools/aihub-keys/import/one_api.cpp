#include <map>

#include "shared/base/strings.hpp"
#include "shared/crypto/tokens.hpp"
#include "tools/aihub-keys/import/fields.hpp"
#include "tools/aihub-keys/import/sources.hpp"

namespace aihub::keys {
namespace {

// one-api counts in quota, 500,000 of which are one unit of its currency.
constexpr std::int64_t micros_in_a_quota = 2;
constexpr std::int64_t largest_quota = 4'000'000'000'000'000'000;

using Users = std::map<std::string, Row>;

const Rows& tokens_of(const Tables& tables) {
    auto named = tables.find("tokens");
    return named == tables.end() ? tables.at("") : named->second;
}

Users users_by_id(const Tables& tables) {
    Users users;
    auto named = tables.find("users");
    if (named == tables.end()) return users;
    for (const Row& row : named->second.rows) users[row.text("id")] = row;
    return users;
}

Result<std::int64_t> quota_of(const Row& row, const std::string& column) {
    std::string text = row.text(column);
    if (text.starts_with('-')) return std::int64_t{0};  // more was used than there was
    Result<std::optional<std::int64_t>> quota = count_of(row, column);
    if (!quota) return quota.error();
    if (quota->value_or(0) > largest_quota)
        return wrong_row(row, column + " is larger than any amount of money");
    return quota->value_or(0) * micros_in_a_quota;
}

// Clients of one-api send "sk-" before what it stores.
std::string token_of(const Row& row) {
    std::string key = row.text("key");
    return key.starts_with("sk-") ? key : "sk-" + key;
}

// 1: in use, 2: disabled, 3: expired, 4: its quota is used up. The last two say so here, too.
std::string reason_to_leave_out(const Row& row) {
    if (row.has("deleted_at")) return "deleted";
    if (row.text("status") == "2") return "disabled";
    if (!row.has("key")) return "it has no key";
    if (row.has("subnet")) return "it is for a subnet only, which keys here cannot be";
    return {};
}

Result<void> read_owner(const Row& row, const Users& users, db::ImportedKey& key) {
    auto known = users.find(row.text("user_id"));
    if (known == users.end()) {
        key.user = "one-api user " + row.text("user_id");
        return {};
    }
    const Row& user = known->second;
    Result<std::int64_t> quota = quota_of(user, "quota");
    if (!quota) return quota.error();
    key.user = user.text("username");
    key.email = user.text("email");
    key.balance_micro = *quota;
    key.user_active = user.text("status") != "2";
    return {};
}

Result<void> read_budget(const Row& row, db::ImportedKey& key) {
    Result<std::int64_t> left = quota_of(row, "remain_quota");
    if (!left) return left.error();
    Result<std::int64_t> used = quota_of(row, "used_quota");
    if (!used) return used.error();
    key.spent_micro = *used;
    if (!truth_of(row, "unlimited_quota", false)) key.budget_micro = *left + *used;
    return {};
}

Result<db::ImportedKey> read_key(const Row& row, const Users& users, const std::string& tier) {
    Result<std::int64_t> created = moment_of(row, "created_time");
    if (!created) return created.error();
    Result<std::int64_t> expires = row.text("expired_time") == "-1" ? 0 : moment_of(row, "expired_time");
    if (!expires) return expires.error();
    db::ImportedKey key;
    key.hash = crypto::sha256(token_of(row));
    key.hint = crypto::token_hint(token_of(row));
    if (row.has("name")) key.name = row.text("name");
    if (!tier.empty()) key.tier = tier;
    key.created_ms = *created;
    key.expires_ms = *expires;
    bool limited = truth_of(row, "model_limits_enabled", true);
    key.models = list_of(row, row.has("model_limits") && limited ? "model_limits" : "models");
    Result<void> read = read_owner(row, users, key);
    if (read) read = read_budget(row, key);
    if (!read) return read.error();
    return key;
}

}  // namespace

Result<Import> read_one_api(const Tables& tables, const std::string& tier) {
    Import import;
    Users users = users_by_id(tables);
    for (const Row& row : tokens_of(tables).rows) {
        if (std::string why = reason_to_leave_out(row); !why.empty()) {
            import.left_out.push_back({row.text("name") + " (" + row.place + ")", why});
            continue;
        }
        Result<db::ImportedKey> key = read_key(row, users, tier);
        if (!key) return key.error();
        import.keys.push_back(*key);
    }
    return import;
}

}  // namespace aihub::keys
