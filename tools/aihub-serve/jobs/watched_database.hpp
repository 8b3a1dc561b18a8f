// A connection that notices what becomes of its file. SQLite goes on with a file that was removed or replaced
// as if nothing were; what is written then is lost with it. So the file is looked at before use: gone, it is
// waited for (and never made anew, empty); replaced, it is opened again. One thread at a time.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>

#include "shared/db/database.hpp"

namespace aihub::serve {

class WatchedDatabase {
public:
    // Calls wait that long for other processes.
    WatchedDatabase(std::string path, std::chrono::milliseconds patience);

    // unavailable while the file is gone; else the errors of Database::open. The connection is valid until
    // the next call.
    Result<db::Database*> get();
    // Whether what was written through the connection is in the file that bears the name.
    bool is_in_place() const;
    // The next get() opens it again: after an error that may be the connection's own.
    void drop() { database_.reset(); }
    // Grows with each connection: what was read through an older one may not be so any more.
    std::uint64_t connection() const { return connection_; }

private:
    struct File {
        dev_t device = 0;
        ino_t number = 0;
        bool operator==(const File&) const = default;
    };
    std::optional<File> file() const;

    std::string path_;
    std::chrono::milliseconds patience_;
    std::optional<db::Database> database_;
    File opened_;
    std::uint64_t connection_ = 0;
};

}  // namespace aihub::serve
