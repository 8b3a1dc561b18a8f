// Which names a user, a key and a tier may have. Pure. Private to shared/db.
#pragma once

#include <string_view>

#include "shared/base/result.hpp"
#include "shared/db/accounts.hpp"

namespace aihub::db {

// invalid_input, naming what is wrong.
Result<void> check_names(const NewKey& wanted);

}  // namespace aihub::db
