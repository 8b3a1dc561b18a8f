// The database that the settings name, opened for a command. Blocking.
#pragma once

#include <optional>
#include <vector>

#include "shared/cli/tool.hpp"
#include "shared/db/keys.hpp"

namespace aihub::keys {

// Makes the file when it is missing.
Result<db::Database> open_for_writing(const cli::Tool& tool);

// Nothing when there is no database yet: then there are no users and keys, which is no failure.
Result<std::optional<db::Database>> open_for_reading(const cli::Tool& tool);

// Who runs the program, for the trail of changes.
db::Actor this_user();

}  // namespace aihub::keys
