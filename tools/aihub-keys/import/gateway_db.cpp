#include <map>

#include "tools/aihub-keys/import/fields.hpp"
#include "tools/aihub-keys/import/sources.hpp"

namespace aihub::keys {
namespace {

// What that gateway began with; everybody knows it.
constexpr std::string_view published_admin_key = "sk-admin-change-me-on-first-run";

using Users = std::map<std::string, Row>;

Users users_by_id(const Rows& rows) {
    Users users;
    for (const Row& row : rows.rows) users[row.text("id")] = row;
    return users;
}

std::string reason_to_leave_out(const Row& row, const crypto::Digest& hash, const Users& users) {
    if (!truth_of(row, "active", true)) return "deleted";
    if (!users.contains(row.text("user_id"))) return "its user does not exist";
    if (hash == crypto::sha256(published_admin_key)) return "it is the key that everybody knows";
    return {};
}

Result<db::ImportedKey> read_key(const Row& row, const Row& user, const std::string& tier) {
    Result<std::optional<std::int64_t>> balance = money_of(user, "balance");
    if (!balance) return balance.error();
    Result<std::int64_t> created = moment_of(row, "created_at");
    if (!created) return created.error();
    db::ImportedKey key;
    key.hint = row.text("key_prefix") + "…";
    key.user = user.text("email");
    if (key.user.find('@') != std::string::npos) key.email = key.user;
    if (row.has("name")) key.name = row.text("name");
    key.tier = !tier.empty() ? tier : user.has("tier") ? user.text("tier") : key.tier;
    key.balance_micro = balance->value_or(0);
    key.user_active = truth_of(user, "active", true);
    key.created_ms = *created;
    return key;
}

}  // namespace

Result<Import> read_gateway_db(const Tables& tables, const std::string& tier) {
    Import import;
    Users users = users_by_id(tables.at("users"));
    for (const Row& row : tables.at("api_keys").rows) {
        Result<crypto::Digest> hash = digest_of(row, "key_hash");
        if (!hash) return hash.error();
        if (std::string why = reason_to_leave_out(row, *hash, users); !why.empty()) {
            import.left_out.push_back({row.text("key_prefix") + "… (" + row.place + ")", why});
            continue;
        }
        Result<db::ImportedKey> key = read_key(row, users.at(row.text("user_id")), tier);
        if (!key) return key.error();
        key->hash = *hash;
        import.keys.push_back(*key);
    }
    return import;
}

}  // namespace aihub::keys
