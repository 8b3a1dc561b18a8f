#include "tools/aihub-serve/jobs/watched_database.hpp"

#include <sys/stat.h>

#include <utility>

namespace aihub::serve {

WatchedDatabase::WatchedDatabase(std::string path, std::chrono::milliseconds patience)
    : path_(std::move(path)), patience_(patience) {}

std::optional<WatchedDatabase::File> WatchedDatabase::file() const {
    struct stat found{};
    if (::stat(path_.c_str(), &found) != 0) return std::nullopt;
    return File{found.st_dev, found.st_ino};
}

bool WatchedDatabase::is_in_place() const {
    return database_ && file() == opened_;
}

Result<db::Database*> WatchedDatabase::get() {
    if (is_in_place()) return &*database_;
    database_.reset();
    std::optional<File> before = file();
    if (!before)
        return Error(ErrorCode::unavailable, "the database " + path_ + " is gone",
                     "put it back, or start the gateway anew to begin with an empty one");
    Result<db::Database> opened = db::Database::open(path_, db::OpenMode::read_write);
    if (!opened) return opened.error();
    opened->wait_at_most(patience_);
    opened_ = *before;  // replaced meanwhile: the next look finds that out
    database_.emplace(std::move(*opened));
    ++connection_;
    return &*database_;
}

}  // namespace aihub::serve
