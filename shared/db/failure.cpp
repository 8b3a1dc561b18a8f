#include "shared/db/failure.hpp"

#include <sqlite3.h>

#include <cstring>
#include <string>

namespace aihub::db {
namespace {

std::string file_of(sqlite3* handle) {
    const char* path = sqlite3_db_filename(handle, "main");
    return path ? path : "";
}

// The system's words where it was the system that refused; they say more than SQLite's.
std::string reason(sqlite3* handle) {
    int number = sqlite3_system_errno(handle);
    return number != 0 ? std::strerror(number) : sqlite3_errmsg(handle);
}

}  // namespace

Error failure(sqlite3* handle) {
    return failure(handle, file_of(handle));
}

bool failed_by_constraint(sqlite3* handle) {
    return (sqlite3_errcode(handle) & 0xFF) == SQLITE_CONSTRAINT;
}

Error failure(sqlite3* handle, const std::string& file) {
    switch (sqlite3_errcode(handle) & 0xFF) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_PROTOCOL:
            return Error(ErrorCode::busy, file + " is locked by another process",
                         "try again; if it stays so, `fuser " + file + "` names the process");
        case SQLITE_NOTADB:
            return Error(ErrorCode::corrupt, file + " is not a database", "name another file with --db");
        case SQLITE_CORRUPT:
            return Error(ErrorCode::corrupt, file + " is damaged: " + sqlite3_errmsg(handle),
                         "restore it from a backup");
        case SQLITE_READONLY:
            return Error(ErrorCode::io, "cannot write " + file + ": it is read-only",
                         "check the permissions of the file and its folder");
        case SQLITE_FULL:
            return Error(ErrorCode::io, "cannot write " + file + ": the disk is full",
                         "make room and try again");
        case SQLITE_CANTOPEN:
            return Error(ErrorCode::io, "cannot open " + file + ": " + reason(handle),
                         "check the path and the permissions of the file and its folder");
        case SQLITE_IOERR:
            return Error(ErrorCode::io, "cannot read or write " + file + ": " + reason(handle));
        default:
            return Error(ErrorCode::io, file + ": " + sqlite3_errmsg(handle));
    }
}

}  // namespace aihub::db
