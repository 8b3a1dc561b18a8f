// API keys: what a caller shows. The token is never stored, only its SHA-256; it is shown once, when it is
// made. Writers: aihub-keys, the admin and user APIs, the gateway's first start. Each change bumps the
// generation (accounts.hpp) and leaves an audit row. Blocking; never on a loop thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/db/actor.hpp"
#include "shared/db/database.hpp"
#include "shared/db/limits.hpp"
#include "shared/db/page.hpp"

namespace aihub::db {

struct ApiKey {
    std::int64_t row = 0;  // a small number: the id that the admin API shows
    std::string id;    // first 12 hex digits of the first token's hash: a handle that is no secret, for good
    std::string name;  // unique among the user's live keys
    std::string hint;  // "ahk_…x7Qz"
    std::int64_t user_id = 0;
    std::string user;
    std::string tier;           // the user's
    std::string kind = "user";  // user, admin or worker
    std::int64_t created_ms = 0;
    std::int64_t expires_ms = 0;               // 0: never
    std::int64_t revoked_ms = 0;               // 0: live
    std::int64_t last_used_ms = 0;             // 0: never; as of the last group of usage
    std::vector<std::string> models;           // globs of what it may use; empty: any
    Limits limits;                             // a second window beside the user's
    std::optional<std::int64_t> budget_micro;  // what it may spend in all
    std::int64_t spent_micro = 0;
    std::string parent;                  // id of the key that it was delegated from; empty: none
    std::string previous_hint;           // of the token before the last rotation
    std::int64_t previous_until_ms = 0;  // that token works until then; 0: there is none
};

struct NewKey {
    std::string user;  // made when there is none, with `tier`
    std::string name = "default";
    std::string tier = "payg";  // for a user who is made now
    bool admin = false;         // an aha_ token
    bool worker = false;        // an ahw_ token
    std::int64_t expires_ms = 0;
    std::vector<std::string> models;
    Limits limits;
    std::optional<std::int64_t> budget_micro;
    std::int64_t balance_micro = 0;  // for a user who is made now
    std::string parent;              // id of a key of the same user that this one is narrower than
};

// A key is delegated from one that may itself be delegated, and so on up to this many above it: what it costs
// is added to each of them.
inline constexpr int deepest_delegation = 4;

// The token, shown once, and what was stored about it.
struct MadeKey {
    std::string token;
    ApiKey key;
    bool new_user = false;
};

// Takes a new token to whoever asked for it, before the transaction that makes it ends: when that fails
// nothing has changed, so no token is in force that nobody has seen. Others who write wait meanwhile, so it
// must wait for nobody.
using HandOver = std::function<Result<void>(const MadeKey&)>;

// conflict when the user has a live key of that name; invalid_input for an empty or unprintable name. Names
// are up to 100 bytes of UTF-8 without quotes, backslashes and control characters; a user's has no slash
// either. A delegated key takes expiry, models and limits from its parent where they are not given, and must
// not be wider in any: invalid_input names what is. It is revoked with its parent, spends from the parent's
// budget too, and is never an admin's.
Result<MadeKey> make_key(Database& db, const NewKey& wanted, const Actor& actor,
                         const HandOver& hand_over = {});

struct KeyFilter {
    std::string user;  // empty: of all users
    bool revoked_too = false;
    // Each of these narrows the list when it is not 0.
    std::int64_t expired_at_ms = 0;      // those that have expired by then
    std::int64_t expiring_until_ms = 0;  // those that have not expired at now_ms and will have by then
    std::int64_t unused_since_ms = 0;    // those that were made before and not used since
    std::int64_t now_ms = 0;             // 0: the present
    std::optional<Page> page = {};       // none: the whole list
};

// Ordered by user, then creation; a page by the keys' numbers.
Result<std::vector<ApiKey>> list_keys(Database& db, const KeyFilter& filter = {});
// The same, one at a time: there may be too many to have them all in memory.
Result<void> each_key(Database& db, const KeyFilter& filter, const std::function<void(const ApiKey&)>& visit);

// What "ID" (an unambiguous beginning of at least 6 digits will do), "USER/NAME" or "USER" means: the live
// keys of it. not_found; invalid_input when it could mean several things.
Result<std::vector<ApiKey>> find_keys(Database& db, const std::string& target);
// One live key, by id (or its beginning), "USER/NAME" or row number; not_found, invalid_input as above.
Result<ApiKey> find_key(Database& db, const std::string& target);

// A token that somebody shows, as far as it is known here: revoked and expired ones too.
struct KnownToken {
    ApiKey key;
    bool previous = false;        // replaced by a rotation
    std::int64_t expires_ms = 0;  // of this token; 0: never
    bool user_active = true;
};
// not_found when no key ever had it.
Result<KnownToken> find_token(Database& db, const crypto::Digest& hash);

// Revokes by what find_key takes, and with it the keys that were delegated from it. not_found.
Result<ApiKey> revoke_key(Database& db, const std::string& id_or_path, const Actor& actor);
// The same by both names, as the -d flag wants it.
Result<ApiKey> revoke_key(Database& db, const std::string& user, const std::string& name, const Actor& actor);

// A new token for the same key; the old one works until `grace_until_ms` (0: no longer), but not longer than
// the key itself. Only the last token before the new one is kept.
Result<MadeKey> rotate_key(Database& db, const std::string& id_or_path, std::int64_t grace_until_ms,
                           const Actor& actor, const HandOver& hand_over = {});

// What is to change; nothing stays as it is.
struct KeyChange {
    std::optional<std::int64_t> expires_ms;
    std::optional<std::vector<std::string>> models;
    std::optional<Limits> limits;
    std::optional<std::optional<std::int64_t>> budget_micro;
};
// The key as it is then. A delegated key stays within its parent (invalid_input), and keys that were
// delegated from this one are narrowed with it.
Result<ApiKey> change_key(Database& db, const std::string& id_or_path, const KeyChange& change,
                          const Actor& actor);

// A key that was made elsewhere: only its hash is known.
struct ImportedKey {
    crypto::Digest hash{};
    std::string hint;  // beginning and end of the token, or what the store kept
    std::string user;
    std::string email;
    std::string name = "default";
    std::string kind = "user";  // as in ApiKey
    std::string tier = "payg";
    std::int64_t balance_micro = 0;  // for a user who is made now
    bool user_active = true;
    std::int64_t created_ms = 0;  // 0: now
    std::int64_t expires_ms = 0;
    std::vector<std::string> models;
    Limits limits;
    std::optional<std::int64_t> budget_micro;
    std::int64_t spent_micro = 0;
};
struct ImportOutcome {
    std::int64_t keys = 0;     // new ones
    std::int64_t users = 0;    // new ones
    std::int64_t present = 0;  // whose hash was there already: left alone
};
// All or nothing; an error names the number of the key, from 1. Users are found by name. A key name that
// another live key of the user has gets " 2", " 3" … added.
Result<ImportOutcome> import_keys(Database& db, const std::vector<ImportedKey>& keys, const Actor& actor);

// True while no admin key was ever made: the first start makes one.
Result<bool> needs_first_admin(Database& db);

}  // namespace aihub::db
