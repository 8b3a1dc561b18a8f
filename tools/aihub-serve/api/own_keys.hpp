// Which keys a caller may see and change without being an admin. A key without any limit of its own stands
// for its user: all keys of that user. A limited one (models, budget, limits, end, or handed on by another
// key) stands for itself and for what was made from it; what it makes is delegated from it, and so never
// wider. Blocking; never on a loop thread.
#pragma once

#include <string>
#include <vector>

#include "shared/db/keys.hpp"
#include "tools/aihub-serve/pipeline/exchange.hpp"

namespace aihub::serve {

// What identify() found out, for work on other threads.
struct Self {
    std::int64_t user_id = 0;
    std::string user;
    std::int64_t key_row = 0;
    std::string key_id;
    bool delegated = false;
};
// Of a caller who is in the database.
Self self_of(const Exchange& x);

// Stands for itself, not for its user.
bool is_limited(const db::ApiKey& key);

struct OwnKeys {
    db::ApiKey caller;
    bool limited = false;
    std::vector<db::ApiKey> visible;  // live ones
    std::size_t all = 0;              // live keys of the user

    const db::ApiKey* find(const std::string& which) const;  // by row number or key id
};

// unauthorized when the caller's key has just been revoked.
Result<OwnKeys> own_keys(db::Database& db, const Self& self);

// Not for the caller to change: another's, or none at all. (They look alike.)
Error no_such_key(const std::string& which);

}  // namespace aihub::serve
