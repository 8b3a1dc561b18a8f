// The database as a file: whether it is sound, and a copy of it. Both only read, so a gateway may be running.
// Blocking; never on a loop thread.
#pragma once

#include <string>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/db/database.hpp"

namespace aihub::db {

// What is wrong, a sentence each; none: it is sound. corrupt when it cannot even be read.
Result<std::vector<std::string>> find_damage(Database& db);

// The whole database as it is at one moment, in one file for its owner's eyes only, which appears complete or
// not at all. conflict when the file exists, unless it is to be replaced.
Result<void> back_up(Database& db, const std::string& file, bool replace);

}  // namespace aihub::db
