#include "shared/db/key_make.hpp"

#include "shared/base/clock.hpp"
#include "shared/crypto/tokens.hpp"
#include "shared/db/account_names.hpp"
#include "shared/db/audit_row.hpp"
#include "shared/db/delegation.hpp"
#include "shared/db/key_rows.hpp"
#include "shared/db/model_globs.hpp"
#include "shared/db/transaction.hpp"
#include "shared/db/user_rows.hpp"

namespace aihub::db {
namespace {

crypto::TokenKind kind_of(const NewKey& wanted) {
    if (wanted.admin) return crypto::TokenKind::admin;
    return wanted.worker ? crypto::TokenKind::worker : crypto::TokenKind::user;
}

std::string kind_name(const NewKey& wanted) {
    if (wanted.admin) return "admin";
    return wanted.worker ? "worker" : "user";
}

Result<void> check_wanted(const NewKey& wanted) {
    Result<void> checked = check_user_name(wanted.user);
    if (checked) checked = check_key_name(wanted.name);
    if (checked) checked = check_tier(wanted.tier);
    if (checked) checked = check_terms(wanted.models, wanted.limits, wanted.budget_micro);
    if (!checked || !wanted.admin || !wanted.worker) return checked;
    return Error(ErrorCode::invalid_input, "a key is an admin's or a worker's, not both", "make two keys");
}

struct Owner {
    User user;
    bool is_new = false;
};

Result<Owner> find_or_make_owner(sqlite3* handle, const NewKey& wanted, const Actor& actor,
                                 std::int64_t now) {
    Result<std::vector<User>> found = users_named(handle, wanted.user);
    if (!found) return found.error();
    if (!found->empty()) return Owner{found->front(), false};
    NewUser user;
    user.name = wanted.user;
    user.tier = wanted.tier;
    user.balance_micro = wanted.balance_micro;
    Result<User> made = insert_user(handle, user, actor, now);
    if (!made) return made.error();
    return Owner{*made, true};
}

Result<void> check_name_is_free(sqlite3* handle, const NewKey& wanted) {
    Result<std::vector<ApiKey>> found = live_keys_named(handle, wanted.user, wanted.name);
    if (!found) return found.error();
    if (found->empty()) return {};
    return Error(ErrorCode::conflict, "user " + wanted.user + " has a key named " + wanted.name + " already",
                 "choose another name, or delete that one first");
}

MadeKey new_key(const NewKey& wanted, const Owner& owner, std::int64_t now) {
    MadeKey made;
    made.new_user = owner.is_new;
    made.token = crypto::make_token(kind_of(wanted));
    ApiKey& key = made.key;
    key.id = handle_of(crypto::sha256(made.token));
    key.name = wanted.name;
    key.hint = crypto::token_hint(made.token);
    key.user_id = owner.user.id;
    key.user = owner.user.name;
    key.tier = owner.user.tier;
    key.kind = kind_name(wanted);
    key.created_ms = now;
    key.expires_ms = wanted.expires_ms;
    key.models = wanted.models;
    key.limits = wanted.limits;
    key.budget_micro = wanted.budget_micro;
    return made;
}

Result<std::int64_t> insert_key(sqlite3* handle, const MadeKey& made,
                                std::optional<std::int64_t> parent_row) {
    const ApiKey& key = made.key;
    Result<std::optional<std::int64_t>> row = select_integer(
        handle,
        "INSERT INTO keys (hash, handle, name, hint, kind, user_id, created_ms, expires_ms, models, "
        "requests_per_minute, tokens_per_minute, max_concurrent, budget_micro, parent_id) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, nullif(?, 0), nullif(?, ''), ?, ?, ?, ?, ?) RETURNING id",
        crypto::sha256(made.token), key.id, key.name, key.hint, key.kind, key.user_id, key.created_ms,
        key.expires_ms, join_globs(key.models), key.limits.requests_per_minute, key.limits.tokens_per_minute,
        key.limits.max_concurrent, key.budget_micro, parent_row);
    if (!row) return row.error();
    return row->value_or(0);
}

Detail detail_of(const ApiKey& key) {
    Detail detail;
    detail.add("id", key.id).add("kind", key.kind);
    std::optional<std::int64_t> none;
    detail.change("expires_ms", std::int64_t{0}, key.expires_ms)
        .change("models", std::vector<std::string>(), key.models)
        .change("requests_per_minute", none, key.limits.requests_per_minute)
        .change("tokens_per_minute", none, key.limits.tokens_per_minute)
        .change("max_concurrent", none, key.limits.max_concurrent)
        .change("budget_micro", none, key.budget_micro)
        .change("parent", std::string(), key.parent);
    return detail;
}

Result<MadeKey> store_new_key(sqlite3* handle, const NewKey& wanted, std::optional<ApiKey> parent,
                              const Actor& actor, std::int64_t now) {
    Result<void> is_free = check_name_is_free(handle, wanted);
    if (!is_free) return is_free.error();
    Result<Owner> owner = find_or_make_owner(handle, wanted, actor, now);
    if (!owner) return owner.error();
    MadeKey made = new_key(wanted, *owner, now);
    if (parent) made.key.parent = parent->id;
    Result<std::int64_t> row = insert_key(handle, made, parent ? std::optional(parent->row) : std::nullopt);
    if (!row) return row.error();
    made.key.row = *row;
    Result<void> noted =
        add_audit_row(handle, "key.add", made.key.user + "/" + made.key.name, detail_of(made.key), actor);
    if (!noted) return noted.error();
    return made;
}

// A child's own wishes are compared with the parent as a key would be.
Result<void> check_wishes(const ApiKey& parent, const NewKey& wanted) {
    ApiKey key;
    key.expires_ms = wanted.expires_ms;
    key.models = wanted.models;
    key.limits = wanted.limits;
    key.budget_micro = wanted.budget_micro;
    return check_narrower(parent, key);
}

}  // namespace

Result<void> check_terms(const std::vector<std::string>& models, const Limits& limits,
                         const std::optional<std::int64_t>& budget_micro) {
    Result<void> checked = check_globs(models);
    if (checked) checked = check_limits(limits);
    if (checked) checked = check_budget(budget_micro);
    return checked;
}

Result<MadeKey> make_key_row(sqlite3* handle, const NewKey& wanted, const Actor& actor, std::int64_t now) {
    Result<void> possible = check_wanted(wanted);
    if (!possible) return possible.error();
    if (wanted.parent.empty()) return store_new_key(handle, wanted, std::nullopt, actor, now);
    Result<ApiKey> parent = find_parent(handle, wanted);
    if (!parent) return parent.error();
    NewKey narrower = inherit(wanted, *parent);
    possible = check_wishes(*parent, narrower);
    if (!possible) return possible.error();
    return store_new_key(handle, narrower, *parent, actor, now);
}

Result<MadeKey> make_key(Database& db, const NewKey& wanted, const Actor& actor, const HandOver& hand_over) {
    return in_transaction(db.handle(), [&]() -> Result<MadeKey> {
        Result<MadeKey> made = make_key_row(db.handle(), wanted, actor, now_ms());
        if (!made || !hand_over) return made;
        Result<void> handed_over = hand_over(*made);
        return handed_over ? made : handed_over.error();
    });
}

}  // namespace aihub::db
