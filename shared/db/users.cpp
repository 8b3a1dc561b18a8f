#include "shared/db/users.hpp"

#include "shared/base/clock.hpp"
#include "shared/base/strings.hpp"
#include "shared/db/account_names.hpp"
#include "shared/db/audit_row.hpp"
#include "shared/db/transaction.hpp"
#include "shared/db/user_rows.hpp"

namespace aihub::db {
namespace {

constexpr std::size_t longest_note = 1000;

std::int64_t number_or_none(std::string_view text) {
    std::optional<std::uint64_t> number = parse_unsigned(text);
    bool fits = number && *number <= static_cast<std::uint64_t>(INT64_MAX);
    return fits ? static_cast<std::int64_t>(*number) : 0;
}

User changed(User user, const UserChange& change) {
    user.email = change.email.value_or(user.email);
    user.tier = change.tier.value_or(user.tier);
    user.active = change.active.value_or(user.active);
    user.balance_micro = change.balance_micro.value_or(user.balance_micro);
    Limits& limits = user.limits;
    limits.requests_per_minute = change.requests_per_minute.value_or(limits.requests_per_minute);
    limits.tokens_per_minute = change.tokens_per_minute.value_or(limits.tokens_per_minute);
    limits.max_concurrent = change.max_concurrent.value_or(limits.max_concurrent);
    return user;
}

Result<void> check_note(std::string_view note) {
    if (note.size() <= longest_note) return {};
    return Error(ErrorCode::invalid_input,
                 "a note has at most " + std::to_string(longest_note) + " characters");
}

Result<void> check_user(sqlite3* handle, const User& user, const UserChange& change) {
    Result<void> checked = check_tier(user.tier);
    if (checked) checked = check_limits(user.limits);
    if (checked && change.balance_micro) checked = check_balance(user.balance_micro);
    if (!checked || !change.email || user.email.empty()) return checked;
    checked = check_email(user.email);
    return checked ? check_is_free(handle, user.email, user.id) : checked;
}

Result<void> store_balance(sqlite3* handle, const User& user) {
    Result<void> set =
        execute(handle, "UPDATE users SET balance_micro = ? WHERE id = ?", user.balance_micro, user.id);
    return set ? bump_generation(handle) : set;
}

Result<void> store_settings(sqlite3* handle, const User& user) {
    return execute(handle,
                   "UPDATE users SET email = nullif(?, ''), tier = ?, active = ?, requests_per_minute = ?, "
                   "tokens_per_minute = ?, max_concurrent = ? WHERE id = ?",
                   user.email, user.tier, user.active, user.limits.requests_per_minute,
                   user.limits.tokens_per_minute, user.limits.max_concurrent, user.id);
}

Detail settings_changed(const User& before, const User& after) {
    Detail detail;
    detail.change("email", before.email, after.email)
        .change("tier", before.tier, after.tier)
        .change("active", before.active, after.active)
        .change("requests_per_minute", before.limits.requests_per_minute, after.limits.requests_per_minute)
        .change("tokens_per_minute", before.limits.tokens_per_minute, after.limits.tokens_per_minute)
        .change("max_concurrent", before.limits.max_concurrent, after.limits.max_concurrent);
    return detail;
}

Result<void> set_settings(sqlite3* handle, const User& before, const User& after, const Actor& actor) {
    Detail detail = settings_changed(before, after);
    if (detail.empty()) return {};
    Result<void> stored = store_settings(handle, after);
    return stored ? add_audit_row(handle, "user.change", after.name, detail, actor) : stored;
}

// One balance for another, in the book and in the trail: `amount` as the type of the book's row wants it.
Result<void> set_balance(sqlite3* handle, const User& before, const User& after, std::int64_t amount,
                         std::string_view type, std::string_view note, const Actor& actor) {
    Result<void> done = store_balance(handle, after);
    if (done) done = add_balance_change(handle, after.id, amount, type, note, now_ms());
    Detail detail;
    detail.change("balance_micro", before.balance_micro, after.balance_micro)
        .add("type", std::string(type))
        .add("note", std::string(note));
    return done ? add_audit_row(handle, "user.balance", after.name, detail, actor) : done;
}

Result<std::int64_t> sum_of(std::int64_t balance_micro, std::int64_t amount_micro) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(balance_micro, amount_micro, &sum))
        return Error(ErrorCode::invalid_input, "no amount can be that large");
    Result<void> possible = check_balance(sum);
    if (!possible) return possible.error();
    return sum;
}

Result<void> revoke_all(sqlite3* handle, const User& user, std::int64_t now) {
    return execute(handle, "UPDATE keys SET revoked_ms = ? WHERE user_id = ? AND revoked_ms IS NULL", now,
                   user.id);
}

// A slash can be in no user's name, so the old one is free for another.
Result<void> mark_deleted(sqlite3* handle, const User& user, std::int64_t now) {
    return execute(handle,
                   "UPDATE users SET name = name || '/deleted-' || id, email = NULL, active = 0, "
                   "deleted_ms = ? WHERE id = ?",
                   now, user.id);
}

}  // namespace

Result<User> add_user(Database& db, const NewUser& wanted, const Actor& actor) {
    NewUser named = wanted;
    if (named.name.empty()) named.name = named.email;
    return in_transaction(db.handle(), [&] { return insert_user(db.handle(), named, actor, now_ms()); });
}

Result<std::vector<User>> list_users(Database& db, const std::optional<Page>& page) {
    if (!page) return select_users(db.handle(), "ORDER BY created_ms DESC, id DESC");
    return select_users(db.handle(), "AND (?1 = 0 OR id < ?1) ORDER BY id DESC LIMIT ?2", page->after,
                        page->limit);
}

Result<User> find_user_by_id(Database& db, std::int64_t id) {
    return user_by_id(db.handle(), id);
}

Result<User> find_user(Database& db, std::string_view who) {
    Result<std::vector<User>> found =
        select_users(db.handle(),
                     "AND (name = ?1 OR email = ?1 COLLATE NOCASE OR id = ?2) "
                     "ORDER BY name = ?1 DESC, coalesce(email = ?1 COLLATE NOCASE, 0) DESC LIMIT 1",
                     who, number_or_none(who));
    if (!found) return found.error();
    if (!found->empty()) return found->front();
    return Error(ErrorCode::not_found, "no user " + printable(who), "aihub-keys user list shows them");
}

Result<bool> has_user(Database& db, const std::string& name) {
    Result<std::vector<User>> found = users_named(db.handle(), name);
    if (!found) return found.error();
    return !found->empty();
}

Result<User> change_user(Database& db, std::int64_t id, const UserChange& change, const Actor& actor,
                         std::string_view note) {
    sqlite3* handle = db.handle();
    return in_transaction(handle, [&]() -> Result<User> {
        Result<User> before = user_by_id(handle, id);
        if (!before) return before;
        User after = changed(*before, change);
        Result<void> done = check_note(note);
        if (done) done = check_user(handle, after, change);
        if (done) done = set_settings(handle, *before, after, actor);
        if (done && change.balance_micro)
            done = set_balance(handle, *before, after, after.balance_micro, "admin_topup", note, actor);
        if (!done) return done.error();
        return after;
    });
}

Result<User> add_balance(Database& db, std::int64_t id, std::int64_t amount_micro, std::string_view note,
                         const Actor& actor) {
    sqlite3* handle = db.handle();
    return in_transaction(handle, [&]() -> Result<User> {
        Result<User> user = user_by_id(handle, id);
        if (!user) return user;
        User before = *user;
        Result<std::int64_t> sum = sum_of(before.balance_micro, amount_micro);
        if (!sum) return sum.error();
        user->balance_micro = *sum;
        Result<void> done = check_note(note);
        if (done) done = set_balance(handle, before, *user, amount_micro, "credit", note, actor);
        if (!done) return done.error();
        return user;
    });
}

Result<User> delete_user(Database& db, std::int64_t id, const Actor& actor) {
    sqlite3* handle = db.handle();
    return in_transaction(handle, [&]() -> Result<User> {
        Result<User> user = user_by_id(handle, id);
        if (!user) return user;
        std::int64_t now = now_ms();
        Detail detail;
        detail.add("id", user->id).add("keys", user->key_count).add("balance_micro", user->balance_micro);
        Result<void> done = revoke_all(handle, *user, now);
        if (done) done = mark_deleted(handle, *user, now);
        if (done) done = add_audit_row(handle, "user.delete", user->name, detail, actor);
        if (!done) return done.error();
        return user;
    });
}

Result<std::vector<BalanceChange>> list_transactions(Database& db, std::int64_t user_id, std::int64_t limit) {
    auto read = [](const Statement& row) {
        return BalanceChange{row.integer(0), row.integer(1), row.text(2), row.text(3)};
    };
    return select_all(db.handle(), read,
                      "SELECT at_ms, amount_micro, type, note FROM balance_changes WHERE user_id = ? "
                      "ORDER BY id DESC LIMIT ?",
                      user_id, limit);
}

}  // namespace aihub::db
