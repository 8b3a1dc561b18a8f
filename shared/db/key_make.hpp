// Making a key inside a transaction that does more. Private to shared/db.
#pragma once

#include <cstdint>

#include "shared/base/result.hpp"
#include "shared/db/actor.hpp"
#include "shared/db/keys.hpp"

struct sqlite3;

namespace aihub::db {

Result<MadeKey> make_key_row(sqlite3* handle, const NewKey& wanted, const Actor& actor, std::int64_t now);

// invalid_input for what no key can have.
Result<void> check_terms(const std::vector<std::string>& models, const Limits& limits,
                         const std::optional<std::int64_t>& budget_micro);

}  // namespace aihub::db
