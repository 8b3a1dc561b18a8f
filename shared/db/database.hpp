// One connection to aihub.db (SQLite, WAL). A connection belongs to one thread at a time. Blocking: never on a
// loop thread. Many processes share the file: writers BEGIN IMMEDIATE, busy_timeout 5 s.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "shared/base/result.hpp"

struct sqlite3;

namespace aihub::db {

enum class OpenMode {
    read_write,  // creates the file (0600) and migrates it
    read_only,   // an existing file, of any version up to ours
};

class Database {
public:
    // invalid_input when the file was written by a newer version; busy when it stays locked; corrupt when it is
    // no database; io otherwise.
    static Result<Database> open(const std::string& path, OpenMode mode);

    Database(Database&&) noexcept;
    Database& operator=(Database&&) noexcept;
    ~Database();

    // Changes whenever another connection commits: PRAGMA data_version, a read of one page in memory.
    Result<std::int64_t> data_version();

    sqlite3* handle() { return handle_; }  // for the repositories of this module only

private:
    explicit Database(sqlite3* handle) : handle_(handle) {}
    sqlite3* handle_ = nullptr;
};

}  // namespace aihub::db
