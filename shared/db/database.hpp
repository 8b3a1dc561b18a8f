// One connection to aihub.db (SQLite, WAL). A connection belongs to one thread at a time. Blocking: never on
// a loop thread. Many processes share the file: writers BEGIN IMMEDIATE, busy_timeout 5 s.
//
// SQLite before 3.51.3 can lose pages when a writer starts the WAL anew just as another connection begins a
// checkpoint. So no connection checkpoints by itself: transaction.hpp does it after a commit, under a lock on
// FILE-lock that excludes every writer. SQLite's own checkpoint, when the last connection closes, is safe:
// then nobody else has the file open.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "shared/base/result.hpp"

struct sqlite3;

namespace aihub::db {

class Statement;

// How long a call waits for another process before it gives up with ErrorCode::busy.
inline constexpr std::chrono::milliseconds busy_timeout{5000};

enum class OpenMode {
    read_write,  // creates the file (0600) and migrates it
    read_only,  // an existing file, of any version up to ours; not_found when there is none, or nothing in it
};

class Database {
public:
    // invalid_input when the file was written by a newer version or is another program's; busy when it stays
    // locked; corrupt when it is no database; io otherwise.
    static Result<Database> open(const std::string& path, OpenMode mode);

    Database(Database&&) noexcept;
    Database& operator=(Database&&) noexcept;
    ~Database();

    std::string path() const;  // absolute

    // How long calls wait for other processes from now on, instead of busy_timeout.
    void wait_at_most(std::chrono::milliseconds patience);

    // Changes whenever another connection commits: PRAGMA data_version, a read of one page in memory.
    Result<std::int64_t> data_version();

    // For the repositories of this module only. Statements that run many times a second are kept, prepared,
    // for as long as the connection; `sql` must live as long.
    sqlite3* handle() { return handle_; }
    Result<Statement*> kept(std::string_view sql);

private:
    struct KeptStatements;

    explicit Database(sqlite3* handle);
    sqlite3* handle_ = nullptr;
    std::unique_ptr<KeptStatements> kept_;
};

// Of the SQLite library that is linked: "3.40.1".
std::string library_version();

}  // namespace aihub::db
