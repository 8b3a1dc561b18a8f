#include "shared/base/clock.hpp"
#include "shared/crypto/tokens.hpp"
#include "shared/db/audit_row.hpp"
#include "shared/db/delegation.hpp"
#include "shared/db/key_make.hpp"
#include "shared/db/key_rows.hpp"
#include "shared/db/keys.hpp"
#include "shared/db/transaction.hpp"

namespace aihub::db {
namespace {

std::string path_of(const ApiKey& key) {
    return key.user + "/" + key.name;
}

std::vector<std::string> ids_of(const std::vector<ApiKey>& keys) {
    std::vector<std::string> ids;
    for (const ApiKey& key : keys) ids.push_back(key.id);
    return ids;
}

Result<void> mark_revoked(sqlite3* handle, const ApiKey& key, std::int64_t now) {
    return execute(handle, "UPDATE keys SET revoked_ms = ? WHERE id = ?", now, key.row);
}

Result<ApiKey> revoke_with_descendants(sqlite3* handle, ApiKey key, const Actor& actor) {
    Result<std::vector<ApiKey>> below = live_descendants(handle, key.row);
    if (!below) return below.error();
    key.revoked_ms = now_ms();
    Result<void> done = mark_revoked(handle, key, key.revoked_ms);
    for (const ApiKey& child : *below)
        if (done) done = mark_revoked(handle, child, key.revoked_ms);
    Detail detail;
    detail.add("id", key.id).change("delegated", std::vector<std::string>(), ids_of(*below));
    if (done) done = add_audit_row(handle, "key.revoke", path_of(key), detail, actor);
    if (!done) return done.error();
    return key;
}

crypto::TokenKind kind_of(const ApiKey& key) {
    if (key.kind == "admin") return crypto::TokenKind::admin;
    return key.kind == "worker" ? crypto::TokenKind::worker : crypto::TokenKind::user;
}

Result<void> replace_token(sqlite3* handle, const MadeKey& made) {
    const ApiKey& key = made.key;
    return execute(handle,
                   "UPDATE keys SET previous_hash = CASE WHEN ?1 = 0 THEN NULL ELSE hash END, "
                   "previous_hint = nullif(?2, ''), previous_until_ms = nullif(?1, 0), "
                   "hash = ?3, hint = ?4 WHERE id = ?5",
                   key.previous_until_ms, key.previous_hint, crypto::sha256(made.token), key.hint, key.row);
}

MadeKey rotated(const ApiKey& key, std::int64_t grace_until_ms) {
    MadeKey made;
    made.key = key;
    made.token = crypto::make_token(kind_of(key));
    made.key.previous_hint = grace_until_ms == 0 ? std::string() : key.hint;
    made.key.previous_until_ms = grace_until_ms;
    made.key.hint = crypto::token_hint(made.token);
    return made;
}

ApiKey changed(ApiKey key, const KeyChange& change) {
    key.expires_ms = change.expires_ms.value_or(key.expires_ms);
    key.models = change.models.value_or(key.models);
    key.limits = change.limits.value_or(key.limits);
    key.budget_micro = change.budget_micro.value_or(key.budget_micro);
    return key;
}

Detail detail_of(const ApiKey& before, const ApiKey& after) {
    Detail detail;
    detail.change("expires_ms", before.expires_ms, after.expires_ms)
        .change("models", before.models, after.models)
        .change("requests_per_minute", before.limits.requests_per_minute, after.limits.requests_per_minute)
        .change("tokens_per_minute", before.limits.tokens_per_minute, after.limits.tokens_per_minute)
        .change("max_concurrent", before.limits.max_concurrent, after.limits.max_concurrent)
        .change("budget_micro", before.budget_micro, after.budget_micro);
    return detail;
}

Result<void> store(sqlite3* handle, const ApiKey& before, const ApiKey& after, const Actor& actor) {
    Detail detail = detail_of(before, after);
    if (detail.empty()) return {};
    Result<void> done = store_change(handle, after);
    if (done) done = narrow_descendants(handle, after, now_ms());
    return done ? add_audit_row(handle, "key.change", path_of(after), detail, actor) : done;
}

}  // namespace

Result<ApiKey> revoke_key(Database& db, const std::string& id_or_path, const Actor& actor) {
    return in_transaction(db.handle(), [&]() -> Result<ApiKey> {
        Result<ApiKey> key = live_key(db.handle(), id_or_path);
        return key ? revoke_with_descendants(db.handle(), *key, actor) : key;
    });
}

Result<ApiKey> revoke_key(Database& db, const std::string& user, const std::string& name,
                          const Actor& actor) {
    return in_transaction(db.handle(), [&]() -> Result<ApiKey> {
        Result<ApiKey> key = only_one(live_keys_named(db.handle(), user, name), user + "/" + name);
        return key ? revoke_with_descendants(db.handle(), *key, actor) : key;
    });
}

Result<MadeKey> rotate_key(Database& db, const std::string& id_or_path, std::int64_t grace_until_ms,
                           const Actor& actor, const HandOver& hand_over) {
    sqlite3* handle = db.handle();
    return in_transaction(handle, [&]() -> Result<MadeKey> {
        Result<ApiKey> key = live_key(handle, id_or_path);
        if (!key) return key.error();
        MadeKey made = rotated(*key, grace_until_ms);
        Detail detail;
        detail.add("id", key->id)
            .change("hint", key->hint, made.key.hint)
            .add("grace_until_ms", grace_until_ms);
        Result<void> done = replace_token(handle, made);
        if (done) done = add_audit_row(handle, "key.rotate", path_of(*key), detail, actor);
        if (done && hand_over) done = hand_over(made);
        if (!done) return done.error();
        return made;
    });
}

Result<ApiKey> change_key(Database& db, const std::string& id_or_path, const KeyChange& change,
                          const Actor& actor) {
    sqlite3* handle = db.handle();
    return in_transaction(handle, [&]() -> Result<ApiKey> {
        Result<ApiKey> before = live_key(handle, id_or_path);
        if (!before) return before;
        ApiKey after = changed(*before, change);
        Result<void> done = check_terms(after.models, after.limits, after.budget_micro);
        if (done) done = check_within_parent(handle, after);
        if (done) done = store(handle, *before, after, actor);
        if (!done) return done.error();
        return after;
    });
}

}  // namespace aihub::db
