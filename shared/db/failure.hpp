// SQLite's result codes as an Error that names the file and says what to do. Private to shared/db.
#pragma once

#include <string>

#include "shared/base/result.hpp"

struct sqlite3;

namespace aihub::db {

// What the connection's last call failed with.
Error failure(sqlite3* handle);
// The same for one that could not be opened and knows no file.
Error failure(sqlite3* handle, const std::string& file);

// Whether a constraint failed it: the transaction stands as it did before.
bool failed_by_constraint(sqlite3* handle);

}  // namespace aihub::db
