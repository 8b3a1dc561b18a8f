// What is known of rows of usage that may have been lost: whether they are in the database, and whose they
// are. For who makes them again. Blocking; never on a loop thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/db/database.hpp"

namespace aihub::db {

// The ids from `least` to `greatest`, ascending.
Result<std::vector<std::int64_t>> usage_ids_between(Database& db, std::int64_t least, std::int64_t greatest);

struct KeyOwner {
    std::int64_t key_row = 0;
    std::int64_t user_id = 0;
};
// By a key's id, revoked or not; nothing when there is no such key.
Result<std::optional<KeyOwner>> owner_of_key(Database& db, std::string_view key_id);

}  // namespace aihub::db
