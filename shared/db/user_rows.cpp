#include "shared/db/user_rows.hpp"

#include "shared/base/strings.hpp"
#include "shared/db/account_names.hpp"

namespace aihub::db {
namespace {

Result<void> check_new_user(const NewUser& wanted) {
    Result<void> checked = wanted.email.empty() ? Result<void>() : check_email(wanted.email);
    if (checked) checked = check_user_name(wanted.name);
    if (checked) checked = check_tier(wanted.tier);
    if (checked) checked = check_limits(wanted.limits);
    if (checked) checked = check_balance(wanted.balance_micro);
    return checked;
}

User user_of(const NewUser& wanted, std::int64_t id, std::int64_t now) {
    User user;
    user.id = id;
    user.name = wanted.name;
    user.email = wanted.email;
    user.tier = wanted.tier;
    user.balance_micro = wanted.balance_micro;
    user.created_ms = now;
    user.limits = wanted.limits;
    return user;
}

Detail detail_of(const NewUser& user) {
    Detail detail;
    detail.add("tier", user.tier);
    if (!user.email.empty()) detail.add("email", user.email);
    if (user.balance_micro != 0) detail.add("balance_micro", user.balance_micro);
    std::optional<std::int64_t> none;
    detail.change("requests_per_minute", none, user.limits.requests_per_minute);
    detail.change("tokens_per_minute", none, user.limits.tokens_per_minute);
    detail.change("max_concurrent", none, user.limits.max_concurrent);
    return detail;
}

constexpr std::string_view add_to_book =
    "INSERT INTO balance_changes (user_id, at_ms, amount_micro, type, note) VALUES (?, ?, ?, ?, ?)";

}  // namespace

User read_user(const Statement& row) {
    User user;
    user.id = row.integer(0);
    user.name = row.text(1);
    user.email = row.text(2);
    user.tier = row.text(3);
    user.balance_micro = row.integer(4);
    user.active = row.integer(5) != 0;
    user.created_ms = row.integer(6);
    user.limits = {row.optional_integer(7), row.optional_integer(8), row.optional_integer(9)};
    user.key_count = row.integer(10);
    user.total_usage = row.integer(11);
    return user;
}

std::string user_query(std::string_view rest) {
    return "SELECT id, name, email, tier, balance_micro, active, created_ms, requests_per_minute, "
           "tokens_per_minute, max_concurrent, "
           "(SELECT count(*) FROM keys WHERE user_id = users.id AND revoked_ms IS NULL), "
           "(SELECT coalesce(sum(requests), 0) FROM usage_hours WHERE user_id = users.id) "
           "FROM users WHERE deleted_ms IS NULL " +
           std::string(rest);
}

Result<std::vector<User>> users_named(sqlite3* handle, std::string_view name) {
    return select_users(handle, "AND name = ?", name);
}

Result<User> user_by_id(sqlite3* handle, std::int64_t id) {
    Result<std::vector<User>> found = select_users(handle, "AND id = ?", id);
    if (!found) return found.error();
    if (!found->empty()) return found->front();
    return Error(ErrorCode::not_found, "no user has the number " + std::to_string(id));
}

Result<void> check_is_free(sqlite3* handle, const std::string& text, std::int64_t id) {
    Result<std::vector<User>> found =
        select_users(handle, "AND id <> ?1 AND (name = ?2 OR email = ?2 COLLATE NOCASE)", id, text);
    if (!found) return found.error();
    if (found->empty()) return {};
    const User& other = found->front();
    if (other.name == text) return Error(ErrorCode::conflict, "there is a user " + text + " already");
    return Error(ErrorCode::conflict, text + " is the e-mail address of the user " + other.name);
}

Result<NewUsers> NewUsers::prepare(sqlite3* handle, const Actor& actor) {
    Result<Statement> taken = Statement::prepare(
        handle, "SELECT 1 FROM users WHERE name = ?1 OR email = ?1 COLLATE NOCASE LIMIT 1");
    if (!taken) return taken.error();
    Result<Statement> store = Statement::prepare(
        handle,
        "INSERT INTO users (name, email, tier, balance_micro, created_ms, requests_per_minute, "
        "tokens_per_minute, max_concurrent) VALUES (?, nullif(?, ''), ?, ?, ?, ?, ?, ?) RETURNING id");
    if (!store) return store.error();
    Result<Statement> book = Statement::prepare(handle, add_to_book);
    if (!book) return book.error();
    Result<AuditRows> audit = AuditRows::prepare(handle, actor);
    if (!audit) return audit.error();
    return NewUsers(handle, {std::move(*taken), std::move(*store), std::move(*book), std::move(*audit)});
}

// A taken name is rare, and only then is it looked up whose it is.
Result<void> NewUsers::check_is_free(const std::string& text) {
    Result<std::optional<std::int64_t>> taken = statements_.taken.run_for_integer(text);
    if (!taken) return taken.error();
    return *taken ? db::check_is_free(handle_, text) : Result<void>();
}

Result<User> NewUsers::add(const NewUser& wanted, std::int64_t now) {
    Result<void> possible = check_new_user(wanted);
    if (possible) possible = check_is_free(wanted.name);
    if (possible && !wanted.email.empty()) possible = check_is_free(wanted.email);
    if (!possible) return possible.error();
    Result<std::optional<std::int64_t>> id = statements_.store.run_for_integer(
        wanted.name, wanted.email, wanted.tier, wanted.balance_micro, now, wanted.limits.requests_per_minute,
        wanted.limits.tokens_per_minute, wanted.limits.max_concurrent);
    if (!id) return id.error();
    User user = user_of(wanted, id->value_or(0), now);
    Result<void> done;
    if (user.balance_micro != 0)
        done = statements_.book.run(user.id, now, user.balance_micro, "admin_topup", "Opening balance");
    if (done) done = statements_.audit.add("user.add", user.name, detail_of(wanted).json());
    if (!done) return done.error();
    return user;
}

Result<User> insert_user(sqlite3* handle, const NewUser& wanted, const Actor& actor, std::int64_t now) {
    Result<NewUsers> users = NewUsers::prepare(handle, actor);
    if (!users) return users.error();
    return users->add(wanted, now);
}

Result<void> add_balance_change(sqlite3* handle, std::int64_t user_id, std::int64_t amount_micro,
                                std::string_view type, std::string_view note, std::int64_t now) {
    return execute(handle, add_to_book, user_id, now, amount_micro, type, note);
}

Result<void> bump_generation(sqlite3* handle) {
    return execute(handle, "UPDATE counters SET accounts_generation = accounts_generation + 1");
}

}  // namespace aihub::db
