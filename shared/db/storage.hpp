// The file below a database: made for its owner's eyes only, and never on a network. Private to shared/db.
#pragma once

#include <string>

#include "shared/base/result.hpp"

namespace aihub::db {

// Makes folder (0700) and file (0600) where they are missing. invalid_input on a network file system, where
// the locks and the shared memory that WAL needs do not work between machines.
Result<void> make_storage(const std::string& path);

}  // namespace aihub::db
