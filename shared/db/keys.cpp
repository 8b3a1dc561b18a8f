#include "shared/db/keys.hpp"

#include "shared/base/clock.hpp"
#include "shared/base/strings.hpp"
#include "shared/db/key_rows.hpp"
#include "shared/db/users.hpp"

namespace aihub::db {
namespace {

std::string conditions(const KeyFilter& filter) {
    std::string where = "(?1 OR k.revoked_ms IS NULL)";
    where += filter.user.empty() ? " AND ?2 = ''" : " AND u.name = ?2";
    where +=
        " AND (?3 = 0 OR k.expires_ms <= ?3)"
        " AND (?4 = 0 OR (k.expires_ms > ?5 AND k.expires_ms <= ?4))"
        " AND (?6 = 0 OR (k.created_ms < ?6 AND coalesce(k.last_used_ms, 0) < ?6)) AND k.id > ?7";
    where += filter.page ? " ORDER BY k.id" : std::string(" ORDER BY ") + standard_order;
    return where + " LIMIT ?8";
}

Result<std::vector<ApiKey>> as_list(const Result<ApiKey>& key) {
    if (!key) return key.error();
    return std::vector<ApiKey>{*key};
}

// A revoked key's last token is no longer anybody's; of a live one's two the previous one ends first.
KnownToken read_token(const Statement& row) {
    KnownToken token;
    token.key = read_key(row);
    token.user_active = row.integer(21) != 0;
    token.previous = row.integer(22) != 0;
    std::int64_t until = token.key.previous_until_ms;
    token.expires_ms = token.key.expires_ms;
    if (token.previous && (token.expires_ms == 0 || until < token.expires_ms)) token.expires_ms = until;
    return token;
}

}  // namespace

Result<std::vector<ApiKey>> list_keys(Database& db, const KeyFilter& filter) {
    std::vector<ApiKey> keys;
    Result<void> read = each_key(db, filter, [&](const ApiKey& key) { keys.push_back(key); });
    if (!read) return read.error();
    return keys;
}

Result<void> each_key(Database& db, const KeyFilter& filter,
                      const std::function<void(const ApiKey&)>& visit) {
    std::int64_t now = filter.now_ms == 0 ? now_ms() : filter.now_ms;
    Page page = filter.page.value_or(Page());
    return visit_all(
        db.handle(), [&](const Statement& row) { visit(read_key(row)); }, key_query(conditions(filter)),
        filter.revoked_too, filter.user, filter.expired_at_ms, filter.expiring_until_ms, now,
        filter.unused_since_ms, page.after, page.limit);
}

Result<std::vector<ApiKey>> find_keys(Database& db, const std::string& target) {
    if (target.find('/') != std::string::npos) return as_list(live_key(db.handle(), target));
    if (target.empty())
        return Error(ErrorCode::invalid_input, "an empty name means no key", "write ID, USER/NAME or USER");
    Result<std::vector<ApiKey>> of_user =
        select_keys(db.handle(), "u.name = ? AND k.revoked_ms IS NULL", target);
    if (!of_user) return of_user;
    Result<std::vector<ApiKey>> by_id = live_keys_by_id(db.handle(), target);
    if (!by_id) return by_id;
    if (!of_user->empty() && !by_id->empty())
        return Error(ErrorCode::invalid_input, target + " is a user and the beginning of an id",
                     "write USER/NAME instead");
    return of_user->empty() ? as_list(only_one(by_id, target)) : of_user;
}

Result<ApiKey> find_key(Database& db, const std::string& target) {
    return live_key(db.handle(), target);
}

Result<KnownToken> find_token(Database& db, const crypto::Digest& hash) {
    Result<std::vector<KnownToken>> found = select_all(
        db.handle(), read_token,
        key_query("k.hash = ?1 OR k.previous_hash = ?1", ", u.active, k.previous_hash IS ?1"), hash);
    if (!found) return found.error();
    if (!found->empty()) return found->front();
    return Error(ErrorCode::not_found, "no key has this token");
}

Result<bool> needs_first_admin(Database& db) {
    Result<std::optional<std::int64_t>> found =
        select_integer(db.handle(), "SELECT 1 FROM keys WHERE kind = 'admin' LIMIT 1");
    if (!found) return found.error();
    return !found->has_value();
}

}  // namespace aihub::db
