// Users and their keys. Writers: aihub-keys, the gateway's first start. Reader: the gateway's account
// snapshot.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/db/database.hpp"

namespace aihub::db {

struct User {
    std::int64_t id = 0;
    std::string name;   // unique
    std::string email;  // may be empty, else unique
    std::string tier = "payg";
    std::int64_t balance_micro = 0;  // micro-units of the currency
    bool active = true;
    std::int64_t created_ms = 0;
};

struct ApiKey {
    std::string id;    // first 12 hex digits of the hash: a handle that is no secret
    std::string name;  // unique among the user's live keys
    std::string hint;  // "ahk_…x7Qz"
    std::string user;
    std::string tier;
    std::int64_t created_ms = 0;
    std::int64_t expires_ms = 0;  // 0: never
    std::int64_t revoked_ms = 0;  // 0: live
};

// What the gateway needs to know of a caller, a row a live key.
struct Account {
    crypto::Digest hash{};
    std::string key_id;
    std::string hint;
    std::int64_t user_id = 0;
    std::string user;
    std::string tier;
    bool admin = false;  // an aha_ token, or a user of tier admin
    bool active = true;  // of the user
    std::int64_t expires_ms = 0;
};

struct NewKey {
    std::string user;  // made when there is none, with `tier`
    std::string name = "default";
    std::string tier = "payg";  // for a user who is made now
    bool admin = false;         // an aha_ token
    std::int64_t expires_ms = 0;
};

// The token, shown once, and what was stored about it.
struct MadeKey {
    std::string token;
    ApiKey key;
};

// conflict when the user has a live key of that name; invalid_input for an empty or unprintable name. Names
// are up to 100 bytes of UTF-8 without quotes, backslashes and control characters; a user's has no slash
// either.
Result<MadeKey> make_key(Database& db, const NewKey& wanted);

// Live keys, or all of them; of one user when `user` is not empty. Ordered by user, then creation.
Result<std::vector<ApiKey>> list_keys(Database& db, bool revoked_too, const std::string& user = {});

// Revokes by id (an unambiguous beginning of at least 6 digits will do) or "USER/NAME"; gives what was
// revoked. not_found; invalid_input when the beginning fits several.
Result<ApiKey> revoke_key(Database& db, const std::string& id_or_path);
// The same by both names, as the -d flag wants it.
Result<ApiKey> revoke_key(Database& db, const std::string& user, const std::string& name);

// What "ID", "USER/NAME" or "USER" means: the live keys of it, for a program that asks before it revokes.
// not_found; invalid_input when it could mean several things.
Result<std::vector<ApiKey>> find_keys(Database& db, const std::string& target);

Result<bool> has_user(Database& db, const std::string& name);

// All that are not revoked. Those that have expired are among them, so that a caller can be told so.
Result<std::vector<Account>> load_accounts(Database& db);

// True while no admin key was ever made: the first start makes one.
Result<bool> needs_first_admin(Database& db);

}  // namespace aihub::db
