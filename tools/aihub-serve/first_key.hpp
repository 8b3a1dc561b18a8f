// The admin key that the first start makes: shown once on a terminal, else left in the state directory, never
// in a log.
#pragma once

#include <string>

#include "shared/base/result.hpp"
#include "shared/db/database.hpp"

namespace aihub::serve {

// Nothing happens when an admin key was ever made. Says on stderr where the key went.
Result<void> ensure_admin_key(db::Database& database, const std::string& state_folder);

}  // namespace aihub::serve
