// Users and keys as paths name them, and what requests say about keys. Blocking where a database is taken;
// never on a loop thread.
#pragma once

#include <string>

#include "shared/db/keys.hpp"
#include "shared/db/users.hpp"
#include "tools/aihub-serve/api/fields.hpp"
#include "tools/aihub-serve/pipeline/exchange.hpp"

namespace aihub::serve {

// By id first, then by name or e-mail address. not_found.
Result<db::User> user_of(db::Database& db, const std::string& who);

// By row number or key id. not_found, also for one that was revoked.
Result<db::ApiKey> key_of(db::Database& db, const std::string& which);

// Name, expiry, models, limits and budget of a key to be made.
db::NewKey read_new_key(Fields& fields, std::int64_t now_ms);

// What is to change of a key; each limit by itself.
struct KeyPatch {
    std::optional<std::int64_t> expires_ms;
    std::optional<std::vector<std::string>> models;
    Nullable<std::int64_t> requests_per_minute;
    Nullable<std::int64_t> tokens_per_minute;
    Nullable<std::int64_t> max_concurrent;
    Nullable<std::int64_t> budget_micro;
};
KeyPatch read_key_patch(Fields& fields, std::int64_t now_ms);
db::KeyChange change_of(const KeyPatch& patch, const db::ApiKey& key);

// Who changes something: the caller, at its address.
db::Actor actor_of(const Exchange& x);

}  // namespace aihub::serve
