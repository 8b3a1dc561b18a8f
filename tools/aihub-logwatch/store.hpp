// The database that the settings name for what logs tell, and logs as they are known in it. Blocking.
#pragma once

#include <string>

#include "shared/cli/tool.hpp"
#include "shared/db/database.hpp"

namespace aihub::logwatch {

// Makes the file when it is missing.
Result<db::Database> open_for_writing(const cli::Tool& tool);

// not_found, and no file is made, when nothing was ingested yet.
Result<db::Database> open_for_reading(const cli::Tool& tool);

// How a log is called in the database, wherever the command was given.
std::string absolute_path(const std::string& file);

}  // namespace aihub::logwatch
