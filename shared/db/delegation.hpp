// What it means that a key is narrower than the one that it was delegated from. Private to shared/db.
#pragma once

#include <cstdint>

#include "shared/base/result.hpp"
#include "shared/db/keys.hpp"

struct sqlite3;

namespace aihub::db {

// The parent of a key that is to be made: a live key of the same user with room below it. not_found,
// invalid_input.
Result<ApiKey> find_parent(sqlite3* handle, const NewKey& wanted);

// What was not asked for is taken from the parent.
NewKey inherit(const NewKey& wanted, const ApiKey& parent);

// invalid_input, naming what is wider than the parent's.
Result<void> check_narrower(const ApiKey& parent, const ApiKey& key);
// The same for a key that was changed and may have a parent.
Result<void> check_within_parent(sqlite3* handle, const ApiKey& key);

// Narrows all keys below `key` to what it is now; one that could use no model any more is revoked.
Result<void> narrow_descendants(sqlite3* handle, const ApiKey& key, std::int64_t now);

}  // namespace aihub::db
