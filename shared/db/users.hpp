// Users: who has keys, pays and has limits. Writers: aihub-keys, the admin API. Each change bumps the
// generation (accounts.hpp) and leaves an audit row. Blocking; never on a loop thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/db/actor.hpp"
#include "shared/db/database.hpp"
#include "shared/db/limits.hpp"
#include "shared/db/page.hpp"

namespace aihub::db {

struct User {
    std::int64_t id = 0;
    std::string name;   // unique
    std::string email;  // may be empty, else unique
    std::string tier = "payg";
    std::int64_t balance_micro = 0;  // micro-units of the currency; below 0 when the last request cost more
    bool active = true;
    std::int64_t created_ms = 0;
    Limits limits;
    std::int64_t key_count = 0;    // live keys
    std::int64_t total_usage = 0;  // requests that were metered
};

struct NewUser {
    std::string name;   // empty: the e-mail address is the name
    std::string email;  // may be empty
    std::string tier = "payg";
    std::int64_t balance_micro = 0;
    Limits limits;
};

// What is to change; nothing stays as it is. An outer optional that holds an empty inner one takes a limit of
// the user's own away.
struct UserChange {
    std::optional<std::string> email;
    std::optional<std::string> tier;
    std::optional<bool> active;
    std::optional<std::int64_t> balance_micro;  // the new balance; leaves a row in the account book
    std::optional<std::optional<std::int64_t>> requests_per_minute;
    std::optional<std::optional<std::int64_t>> tokens_per_minute;
    std::optional<std::optional<std::int64_t>> max_concurrent;
};

// A row of a user's account book.
struct BalanceChange {
    std::int64_t at_ms = 0;
    std::int64_t amount_micro = 0;
    std::string type;  // "admin_topup": the amount is the new balance; "credit": it was added
    std::string note;
};

// Balances stay within ± this, far from the ends of 64 bits, so that every cost can be subtracted.
inline constexpr std::int64_t largest_balance = 1'000'000'000'000'000'000;

// invalid_input for a bad name, e-mail address, tier, limit or balance; conflict when name or address is
// another user's (addresses are compared without regard to case).
Result<User> add_user(Database& db, const NewUser& wanted, const Actor& actor);

// All but deleted ones, newest first; a page by their numbers, the highest first.
Result<std::vector<User>> list_users(Database& db, const std::optional<Page>& page = {});

// By name, e-mail address or id, in this order; not_found.
Result<User> find_user(Database& db, std::string_view who);
Result<User> find_user_by_id(Database& db, std::int64_t id);  // not_found
// By name alone.
Result<bool> has_user(Database& db, const std::string& name);

// The user as it is then. not_found, conflict, invalid_input. `note` stands in the transaction of a new
// balance.
Result<User> change_user(Database& db, std::int64_t id, const UserChange& change, const Actor& actor,
                         std::string_view note = "Admin balance update");

// Adds to the balance (or takes from it: negative), in one step with whatever else changes it. invalid_input
// when the sum would be beyond largest_balance.
Result<User> add_balance(Database& db, std::int64_t id, std::int64_t amount_micro, std::string_view note,
                         const Actor& actor);

// Revokes all keys; the name and the e-mail address are free again. What the user did stays on record, under
// the name with "/deleted-ID" added.
Result<User> delete_user(Database& db, std::int64_t id, const Actor& actor);

// Newest first.
Result<std::vector<BalanceChange>> list_transactions(Database& db, std::int64_t user_id,
                                                     std::int64_t limit = 100);

}  // namespace aihub::db
