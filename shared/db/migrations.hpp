// How a database of any older version becomes one of ours. Forward only. Private to shared/db.
#pragma once

#include <cstdint>
#include <span>

#include "shared/base/result.hpp"

struct sqlite3;

namespace aihub::db {

// Marks a file as ours in its header ("aihb").
inline constexpr std::int64_t application_id = 0x61696862;

// SQL scripts; the one at index n brings version n to n + 1. One that was released is never changed again.
std::span<const char* const> migrations();

// Applies what is missing, in one transaction; the version is read again under the write lock, because
// another process may have been first. invalid_input when that one was newer than we are.
Result<void> migrate(sqlite3* handle);

// The version in the file's header: 0 for a new one.
Result<std::int64_t> schema_version(sqlite3* handle);

// invalid_input when the file is another program's or of a newer version.
Result<void> check_identity(sqlite3* handle);

}  // namespace aihub::db
