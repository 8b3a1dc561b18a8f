#include "shared/db/accounts.hpp"

#include <utility>

#include "shared/base/clock.hpp"
#include "shared/base/strings.hpp"
#include "shared/crypto/tokens.hpp"
#include "shared/db/account_names.hpp"
#include "shared/db/statement.hpp"
#include "shared/db/transaction.hpp"

namespace aihub::db {
namespace {

constexpr std::size_t handle_length = 12;
constexpr std::size_t shortest_handle = 6;

struct Owner {
    std::int64_t id;
    std::string tier;
};

ApiKey read_key(const Statement& row) {
    ApiKey key;
    key.id = row.text(0);
    key.name = row.text(1);
    key.hint = row.text(2);
    key.user = row.text(3);
    key.tier = row.text(4);
    key.created_ms = row.integer(5);
    key.expires_ms = row.integer(6);
    key.revoked_ms = row.integer(7);
    return key;
}

template <typename... Values>
Result<std::vector<ApiKey>> select_keys(Database& db, std::string_view where, const Values&... values) {
    std::string sql =
        "SELECT k.handle, k.name, k.hint, u.name, u.tier, k.created_ms, "
        "coalesce(k.expires_ms, 0), coalesce(k.revoked_ms, 0) "
        "FROM keys k JOIN users u ON u.id = k.user_id WHERE ";
    sql += where;
    sql += " ORDER BY u.name, k.created_ms, k.id";
    return select_all(db.handle(), read_key, sql, values...);
}

Error no_such_key(const std::string& target) {
    return Error(ErrorCode::not_found, "no live key " + printable(target), "aihub-keys list shows them");
}

Result<ApiKey> only_one(const Result<std::vector<ApiKey>>& found, const std::string& target) {
    if (!found) return found.error();
    if (found->empty()) return no_such_key(target);
    if (found->size() == 1) return found->front();
    return Error(ErrorCode::invalid_input, std::to_string(found->size()) + " keys begin with " + target,
                 "write more of the id");
}

bool is_handle(const std::string& text) {
    bool digits = text.find_first_not_of("0123456789abcdef") == std::string::npos;
    return digits && text.size() >= shortest_handle && text.size() <= handle_length;
}

Result<std::vector<ApiKey>> keys_by_handle(Database& db, const std::string& beginning) {
    if (!is_handle(beginning)) return std::vector<ApiKey>();
    return select_keys(db, "k.handle GLOB ? || '*' AND k.revoked_ms IS NULL", beginning);
}

Result<std::vector<ApiKey>> keys_by_names(Database& db, const std::string& user, const std::string& name) {
    return select_keys(db, "u.name = ? AND k.name = ? AND k.revoked_ms IS NULL", user, name);
}

Result<std::vector<ApiKey>> keys_by_path(Database& db, const std::string& path) {
    std::size_t slash = path.find('/');
    return keys_by_names(db, path.substr(0, slash), path.substr(slash + 1));
}

bool is_path(const std::string& target) {
    return target.find('/') != std::string::npos;
}

// `find` runs under the write lock: what it found is still so when it is revoked.
template <typename Find>
Result<ApiKey> revoke_found(Database& db, const std::string& target, Find find) {
    Result<Transaction> transaction = Transaction::begin(db.handle());
    if (!transaction) return transaction.error();
    Result<ApiKey> key = only_one(find(), target);
    if (!key) return key;
    key->revoked_ms = now_ms();
    Result<void> marked =
        execute(db.handle(), "UPDATE keys SET revoked_ms = ? WHERE handle = ?", key->revoked_ms, key->id);
    if (!marked) return marked.error();
    Result<void> committed = transaction->commit();
    if (!committed) return committed.error();
    return key;
}

Result<std::vector<Owner>> find_owner(Database& db, const std::string& name) {
    auto read = [](const Statement& row) { return Owner{row.integer(0), row.text(1)}; };
    return select_all(db.handle(), read, "SELECT id, tier FROM users WHERE name = ?", name);
}

Result<Owner> find_or_make_owner(Database& db, const NewKey& wanted, std::int64_t now) {
    Result<std::vector<Owner>> found = find_owner(db, wanted.user);
    if (!found) return found.error();
    if (!found->empty()) return found->front();
    Result<std::optional<std::int64_t>> id = select_integer(
        db.handle(), "INSERT INTO users (name, tier, created_ms) VALUES (?, ?, ?) RETURNING id", wanted.user,
        wanted.tier, now);
    if (!id) return id.error();
    return Owner{id->value_or(0), wanted.tier};
}

MadeKey new_key(const NewKey& wanted, const Owner& owner, std::int64_t now) {
    MadeKey made;
    made.token = crypto::make_token(wanted.admin ? crypto::TokenKind::admin : crypto::TokenKind::user);
    made.key.id = crypto::to_hex(crypto::sha256(made.token)).substr(0, handle_length);
    made.key.name = wanted.name;
    made.key.hint = crypto::token_hint(made.token);
    made.key.user = wanted.user;
    made.key.tier = owner.tier;
    made.key.created_ms = now;
    made.key.expires_ms = wanted.expires_ms;
    return made;
}

Result<void> insert_key(Database& db, const MadeKey& made, const Owner& owner, bool admin) {
    constexpr std::string_view sql =
        "INSERT INTO keys (hash, handle, name, hint, kind, user_id, created_ms, expires_ms) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, nullif(?, 0))";
    const ApiKey& key = made.key;
    return execute(db.handle(), sql, crypto::sha256(made.token), key.id, key.name, key.hint,
                   admin ? "admin" : "user", owner.id, key.created_ms, key.expires_ms);
}

Result<void> check_name_is_free(Database& db, const NewKey& wanted) {
    Result<std::vector<ApiKey>> found = keys_by_names(db, wanted.user, wanted.name);
    if (!found) return found.error();
    if (found->empty()) return {};
    return Error(ErrorCode::conflict, "user " + wanted.user + " has a key named " + wanted.name + " already",
                 "choose another name, or delete that one first");
}

Account read_account(const Statement& row) {
    Account account;
    account.hash = row.digest(0);
    account.key_id = row.text(1);
    account.hint = row.text(2);
    account.user_id = row.integer(3);
    account.user = row.text(4);
    account.tier = row.text(5);
    account.admin = row.text(6) == "admin" || account.tier == "admin";
    account.active = row.integer(7) != 0;
    account.expires_ms = row.integer(8);
    return account;
}

}  // namespace

Result<MadeKey> make_key(Database& db, const NewKey& wanted) {
    Result<void> named = check_names(wanted);
    if (!named) return named.error();
    Result<Transaction> transaction = Transaction::begin(db.handle());
    if (!transaction) return transaction.error();
    Result<void> is_free = check_name_is_free(db, wanted);
    if (!is_free) return is_free.error();
    std::int64_t now = now_ms();
    Result<Owner> owner = find_or_make_owner(db, wanted, now);
    if (!owner) return owner.error();
    MadeKey made = new_key(wanted, *owner, now);
    Result<void> stored = insert_key(db, made, *owner, wanted.admin);
    if (stored) stored = transaction->commit();
    if (!stored) return stored.error();
    return made;
}

Result<std::vector<ApiKey>> list_keys(Database& db, bool revoked_too, const std::string& user) {
    return select_keys(db, "(? OR k.revoked_ms IS NULL) AND (? = '' OR u.name = ?)",
                       std::int64_t{revoked_too}, user, user);
}

Result<ApiKey> revoke_key(Database& db, const std::string& id_or_path) {
    auto find = [&] {
        return is_path(id_or_path) ? keys_by_path(db, id_or_path) : keys_by_handle(db, id_or_path);
    };
    return revoke_found(db, id_or_path, find);
}

Result<ApiKey> revoke_key(Database& db, const std::string& user, const std::string& name) {
    return revoke_found(db, user + "/" + name, [&] { return keys_by_names(db, user, name); });
}

Result<std::vector<ApiKey>> find_keys(Database& db, const std::string& target) {
    if (is_path(target)) {
        Result<ApiKey> key = only_one(keys_by_path(db, target), target);
        if (!key) return key.error();
        return std::vector<ApiKey>{*key};
    }
    if (target.empty())
        return Error(ErrorCode::invalid_input, "an empty name means no key", "write ID, USER/NAME or USER");
    Result<std::vector<ApiKey>> of_user = list_keys(db, false, target);
    if (!of_user) return of_user;
    Result<std::vector<ApiKey>> by_handle = keys_by_handle(db, target);
    if (!by_handle) return by_handle;
    if (!of_user->empty() && !by_handle->empty())
        return Error(ErrorCode::invalid_input, target + " is a user and the beginning of an id",
                     "write USER/NAME instead");
    if (!of_user->empty()) return of_user;
    Result<ApiKey> key = only_one(by_handle, target);
    if (!key) return key.error();
    return std::vector<ApiKey>{*key};
}

Result<bool> has_user(Database& db, const std::string& name) {
    Result<std::vector<Owner>> found = find_owner(db, name);
    if (!found) return found.error();
    return !found->empty();
}

Result<std::vector<Account>> load_accounts(Database& db) {
    return select_all(db.handle(), read_account,
                      "SELECT k.hash, k.handle, k.hint, u.id, u.name, u.tier, k.kind, u.active, "
                      "coalesce(k.expires_ms, 0) "
                      "FROM keys k JOIN users u ON u.id = k.user_id WHERE k.revoked_ms IS NULL");
}

Result<bool> needs_first_admin(Database& db) {
    Result<std::optional<std::int64_t>> found =
        select_integer(db.handle(), "SELECT 1 FROM keys WHERE kind = 'admin' LIMIT 1");
    if (!found) return found.error();
    return !found->has_value();
}

}  // namespace aihub::db
