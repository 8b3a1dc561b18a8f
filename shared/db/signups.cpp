#include "shared/db/signups.hpp"

#include "shared/base/clock.hpp"
#include "shared/base/strings.hpp"
#include "shared/db/account_names.hpp"
#include "shared/db/audit_row.hpp"
#include "shared/db/key_make.hpp"
#include "shared/db/statement.hpp"
#include "shared/db/transaction.hpp"
#include "shared/db/user_rows.hpp"

namespace aihub::db {
namespace {

constexpr std::size_t longest_message = 2000;

Signup read_signup(const Statement& row) {
    return {row.integer(0), row.text(1), row.text(2), row.text(3), row.text(4), row.integer(5)};
}

template <typename... Values>
Result<std::vector<Signup>> select_signups(sqlite3* handle, std::string_view rest, const Values&... values) {
    return select_all(handle, read_signup,
                      "SELECT id, email, tier, message, status, created_ms FROM signups " + std::string(rest),
                      values...);
}

Result<void> check_request(const std::string& email, const std::string& tier, const std::string& message) {
    Result<void> checked = check_email(email);
    if (checked) checked = check_user_name(email);  // what it becomes once it is approved
    if (checked) checked = check_tier(tier);
    if (checked && tier == "admin")
        return Error(ErrorCode::invalid_input, "nobody can ask for the tier admin", "ask for another tier");
    if (!checked || message.size() <= longest_message) return checked;
    return Error(ErrorCode::invalid_input,
                 "the message is longer than " + std::to_string(longest_message) + " bytes");
}

Result<void> check_is_new(sqlite3* handle, const std::string& email) {
    Result<void> is_free = check_is_free(handle, email);
    if (!is_free && is_free.error().code == ErrorCode::conflict)
        return Error(ErrorCode::conflict, "Email already registered");
    if (!is_free) return is_free;
    Result<std::vector<Signup>> waiting =
        select_signups(handle, "WHERE status = 'pending' AND email = ? COLLATE NOCASE", email);
    if (!waiting) return waiting.error();
    if (waiting->empty()) return {};
    return Error(ErrorCode::conflict, "Signup request already pending");
}

Result<void> check_room(sqlite3* handle) {
    Result<std::optional<std::int64_t>> waiting =
        select_integer(handle, "SELECT count(*) FROM signups WHERE status = 'pending'");
    if (!waiting) return waiting.error();
    if (waiting->value_or(0) < most_pending_signups) return {};
    return Error(ErrorCode::busy, "too many requests for an account are waiting", "try again another day");
}

Result<Signup> store_request(sqlite3* handle, const std::string& email, const std::string& tier,
                             const std::string& message) {
    Signup signup{0, email, tier, message, "pending", now_ms()};
    Result<std::optional<std::int64_t>> id = select_integer(
        handle,
        "INSERT INTO signups (email, tier, message, status, created_ms) VALUES (?, ?, ?, ?, ?) RETURNING id",
        email, tier, message, signup.status, signup.created_ms);
    if (!id) return id.error();
    signup.id = id->value_or(0);
    return signup;
}

Result<Signup> pending_signup(sqlite3* handle, std::int64_t id) {
    Result<std::vector<Signup>> found = select_signups(handle, "WHERE id = ?", id);
    if (!found) return found.error();
    if (found->empty()) return Error(ErrorCode::not_found, "Request not found");
    if (found->front().status == "pending") return found->front();
    return Error(ErrorCode::conflict, "Request already processed");
}

Result<void> decide(sqlite3* handle, const Signup& signup, std::string_view status, const Actor& actor) {
    Result<void> marked = execute(handle, "UPDATE signups SET status = ? WHERE id = ?", status, signup.id);
    Detail detail;
    detail.add("id", signup.id).add("tier", signup.tier);
    std::string_view action = status == "approved" ? "signup.approve" : "signup.reject";
    return marked ? add_audit_row(handle, action, signup.email, detail, actor) : marked;
}

Result<User> make_user(sqlite3* handle, const Signup& signup, const Actor& actor) {
    NewUser wanted;
    wanted.name = signup.email;
    wanted.email = signup.email;
    wanted.tier = signup.tier;
    Result<User> made = insert_user(handle, wanted, actor, now_ms());
    if (!made && made.error().code == ErrorCode::conflict)
        return Error(ErrorCode::conflict, "User already exists");
    return made;
}

Result<ApprovedSignup> make_account(sqlite3* handle, const Signup& signup, const Actor& actor) {
    Result<User> user = make_user(handle, signup, actor);
    if (!user) return user.error();
    NewKey wanted;
    wanted.user = user->name;
    Result<MadeKey> key = make_key_row(handle, wanted, actor, now_ms());
    if (!key) return key.error();
    user->key_count = 1;
    return ApprovedSignup{*user, *key};
}

}  // namespace

Result<Signup> add_signup(Database& db, const std::string& email, const std::string& tier,
                          const std::string& message) {
    Result<void> possible = check_request(email, tier, message);
    if (!possible) return possible.error();
    return in_transaction(db.handle(), [&]() -> Result<Signup> {
        Result<void> welcome = check_is_new(db.handle(), email);
        if (welcome) welcome = check_room(db.handle());
        if (!welcome) return welcome.error();
        return store_request(db.handle(), email, tier, message);
    });
}

Result<std::vector<Signup>> list_signups(Database& db) {
    return select_signups(db.handle(), "ORDER BY id DESC");
}

Result<ApprovedSignup> approve_signup(Database& db, std::int64_t id, const Actor& actor) {
    return in_transaction(db.handle(), [&]() -> Result<ApprovedSignup> {
        Result<Signup> signup = pending_signup(db.handle(), id);
        if (!signup) return signup.error();
        Result<ApprovedSignup> made = make_account(db.handle(), *signup, actor);
        if (!made) return made;
        Result<void> decided = decide(db.handle(), *signup, "approved", actor);
        if (!decided) return decided.error();
        return made;
    });
}

Result<void> reject_signup(Database& db, std::int64_t id, const Actor& actor) {
    return in_transaction(db.handle(), [&]() -> Result<void> {
        Result<Signup> signup = pending_signup(db.handle(), id);
        if (!signup) return signup.error();
        return decide(db.handle(), *signup, "rejected", actor);
    });
}

}  // namespace aihub::db
