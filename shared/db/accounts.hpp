// The gateway's picture of who may call: read whole, as often as it has changed. Blocking; never on a loop
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/db/database.hpp"
#include "shared/db/limits.hpp"

namespace aihub::db {

// A token that is valid, and whose it is: a key has one, and a second one for a while after a rotation.
struct Account {
    crypto::Digest hash{};
    std::int64_t key_row = 0;  // 0: a key of the settings
    std::string key_id;
    std::string hint;
    std::int64_t user_id = 0;  // 0: a user of the settings
    std::string user;
    std::string tier;
    // An aha_ token, or a key of a user of tier admin that is neither a worker's nor delegated: a narrower
    // key must not be able to widen itself.
    bool admin = false;
    bool worker = false;              // an ahw_ token: for workers and hubs only
    bool active = true;               // of the user
    std::int64_t expires_ms = 0;      // of this token; 0: never
    std::vector<std::string> models;  // globs; empty: any
    Limits user_limits;
    Limits key_limits;
    std::int64_t budget_micro = -1;  // of the key; -1: none
    std::int64_t parent_row = 0;     // the key that it was delegated from: spends from its budget too, and
                                     // from that one's parent's (keys.hpp: deepest_delegation)
};

// All tokens of keys that are not revoked, one at a time: there may be many. Those that have expired are
// among them, so that a caller can be told so.
Result<void> for_each_account(Database& db, const std::function<void(const Account&)>& take);
// The same at once.
Result<std::vector<Account>> load_accounts(Database& db);

// A number that grows with every change of users and keys, by whomever; metering does not change it. Cheap.
Result<std::int64_t> accounts_generation(Database& db);

// What users have and keys have spent, as metered so far.
struct Standing {
    struct UserBalance {
        std::int64_t user_id;
        std::int64_t balance_micro;
    };
    struct KeySpent {
        std::int64_t key_row;
        std::int64_t spent_micro;
        std::int64_t budget_micro;  // -1: none
    };
    std::vector<UserBalance> users;  // by rising ids
    std::vector<KeySpent> keys;      // by rising rows; only those with a budget, or delegated
};
Result<Standing> load_standing(Database& db);

}  // namespace aihub::db
