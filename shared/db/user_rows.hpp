// Users as rows, for the functions that change users and keys inside a transaction of theirs. Private to
// shared/db.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/db/actor.hpp"
#include "shared/db/audit_row.hpp"
#include "shared/db/statement.hpp"
#include "shared/db/users.hpp"

namespace aihub::db {

User read_user(const Statement& row);
std::string user_query(std::string_view rest);  // `rest` goes on after a condition

// Those who are not deleted.
template <typename... Values>
Result<std::vector<User>> select_users(sqlite3* handle, std::string_view rest, const Values&... values) {
    return select_all(handle, read_user, user_query(rest), values...);
}

// Nobody for a name that no user has who is not deleted; never more than one.
Result<std::vector<User>> users_named(sqlite3* handle, std::string_view name);
Result<User> user_by_id(sqlite3* handle, std::int64_t id);

// conflict when `text`, a name or an address, is the name or the address of a user other than `id`.
Result<void> check_is_free(sqlite3* handle, const std::string& text, std::int64_t id = 0);

// Makes users: checks, stores, opens the account book and leaves an audit row. Kept by who makes many.
class NewUsers {
public:
    static Result<NewUsers> prepare(sqlite3* handle, const Actor& actor);

    Result<User> add(const NewUser& wanted, std::int64_t now);

private:
    struct Statements {
        Statement taken;
        Statement store;
        Statement book;
        AuditRows audit;
    };

    NewUsers(sqlite3* handle, Statements statements) : handle_(handle), statements_(std::move(statements)) {}

    Result<void> check_is_free(const std::string& text);

    sqlite3* handle_;
    Statements statements_;
};

// The same for one.
Result<User> insert_user(sqlite3* handle, const NewUser& wanted, const Actor& actor, std::int64_t now);

// A row in the account book: the new balance ("admin_topup") or what was added to it ("credit").
Result<void> add_balance_change(sqlite3* handle, std::int64_t user_id, std::int64_t amount_micro,
                                std::string_view type, std::string_view note, std::int64_t now);

// Makes gateways load users and keys again, where no trigger does.
Result<void> bump_generation(sqlite3* handle);

}  // namespace aihub::db
