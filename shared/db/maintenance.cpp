#include "shared/db/maintenance.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "shared/base/files.hpp"
#include "shared/db/statement.hpp"

namespace aihub::db {
namespace {

Error cannot_write(const std::string& file) {
    return Error(ErrorCode::io, "cannot write " + file + ": " + std::strerror(errno),
                 "check the folder and its permissions");
}

Result<void> check_place(const std::string& file, bool replace) {
    struct stat found{};
    if (::stat(file.c_str(), &found) != 0) return {};
    if (!S_ISREG(found.st_mode))
        return Error(ErrorCode::invalid_input, file + " is no ordinary file", "name a file");
    if (replace) return {};
    return Error(ErrorCode::conflict, file + " exists already", "add --force to replace it");
}

bool sync_file(const std::string& file) {
    UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    return fd && ::fsync(fd.get()) == 0;
}

// link() in place of rename() where nothing shall be replaced: whoever made the file meanwhile keeps it.
bool put_in_place(const std::string& temporary, const std::string& file, bool replace) {
    return replace ? ::rename(temporary.c_str(), file.c_str()) == 0
                   : ::link(temporary.c_str(), file.c_str()) == 0 && ::unlink(temporary.c_str()) == 0;
}

}  // namespace

Result<std::vector<std::string>> find_damage(Database& db) {
    auto sentence = [](const Statement& row) { return row.text(0); };
    Result<std::vector<std::string>> found = select_all(db.handle(), sentence, "PRAGMA integrity_check");
    if (!found) return found;
    if (found->size() == 1 && found->front() == "ok") found->clear();
    Result<std::vector<std::string>> orphans = select_all(
        db.handle(),
        [](const Statement& row) {
            return "row " + row.text(1) + " of " + row.text(0) + " belongs to a row of " + row.text(2) +
                   " that does not exist";
        },
        "PRAGMA foreign_key_check");
    if (!orphans) return orphans;
    found->insert(found->end(), orphans->begin(), orphans->end());
    return found;
}

Result<void> back_up(Database& db, const std::string& file, bool replace) {
    Result<void> placed = check_place(file, replace);
    if (!placed) return placed;
    std::string temporary = file + ".XXXXXX";
    UniqueFd made(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!made) return cannot_write(file);
    made.reset();
    Result<void> copied = execute(db.handle(), "VACUUM INTO ?", std::string_view(temporary));
    bool placed_now = copied && sync_file(temporary) && put_in_place(temporary, file, replace);
    if (placed_now) return {};
    Error why = copied ? cannot_write(file) : copied.error();
    ::unlink(temporary.c_str());
    return why;
}

}  // namespace aihub::db
