// What the commands that change a user have in common: find them, change them, show them as they are then.
// Blocking.
#pragma once

#include <string>

#include "shared/cli/output.hpp"
#include "shared/cli/tool.hpp"
#include "shared/db/users.hpp"

namespace aihub::keys {

// `who` as find_user_to_change() takes it.
Result<void> change_user(const cli::Tool& tool, const std::string& who, const db::UserChange& change,
                         cli::Output& out);

}  // namespace aihub::keys
