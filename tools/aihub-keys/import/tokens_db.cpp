#include "shared/crypto/tokens.hpp"
#include "tools/aihub-keys/import/fields.hpp"
#include "tools/aihub-keys/import/sources.hpp"

namespace aihub::keys {
namespace {

Result<db::ImportedKey> read_key(const Row& row, const std::string& tier) {
    if (!row.has("token")) return wrong_row(row, "the token is empty");
    Result<std::int64_t> created = moment_of(row, "created_at");
    if (!created) return created.error();
    Result<std::int64_t> expires = moment_of(row, "expires_at");
    if (!expires) return expires.error();
    db::ImportedKey key;
    key.hash = crypto::sha256(row.text("token"));
    key.hint = crypto::token_hint(row.text("token"));
    key.user = row.text("user");
    key.name = row.text("api_name");
    key.tier = tier.empty() ? "sub" : tier;
    key.created_ms = *created;
    key.expires_ms = *expires;
    return key;
}

}  // namespace

// That gateway knew no balances: without a tier of its own nobody could use a model any more.
Result<Import> read_tokens_db(const Tables& tables, const std::string& tier) {
    Import import;
    for (const Row& row : tables.at("tokens").rows) {
        Result<db::ImportedKey> key = read_key(row, tier);
        if (!key) return key.error();
        import.keys.push_back(*key);
    }
    return import;
}

}  // namespace aihub::keys
