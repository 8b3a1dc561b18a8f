// Which rows of usage are in the database already: for who makes lost ones again. Blocking; never on a loop
// thread.
#pragma once

#include <cstdint>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/db/database.hpp"

namespace aihub::db {

// The ids from `least` up, ascending.
Result<std::vector<std::int64_t>> usage_ids_from(Database& db, std::int64_t least);

}  // namespace aihub::db
