#include "shared/db/storage.hpp"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include <cerrno>
#include <cstring>

#include "shared/base/files.hpp"

namespace aihub::db {
namespace {

constexpr unsigned long cifs_magic = 0xFF534D42;  // not in linux/magic.h of every version

std::string folder_of(const std::string& path) {
    std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

bool is_network(const std::string& folder) {
    struct statfs system{};
    if (::statfs(folder.c_str(), &system) != 0) return false;
    auto type = static_cast<unsigned long>(system.f_type) & 0xFFFFFFFF;
    return type == NFS_SUPER_MAGIC || type == SMB_SUPER_MAGIC || type == SMB2_SUPER_MAGIC ||
           type == cifs_magic;
}

// mknod and no open: closing a descriptor of the file would drop the locks that another connection of this
// process holds on it. SQLite gives -wal and -shm the mode of the file itself.
Result<void> make_file(const std::string& path) {
    if (::mknod(path.c_str(), S_IFREG | 0600, 0) == 0 || errno == EEXIST) return {};
    return Error(ErrorCode::io, "cannot create " + path + ": " + std::strerror(errno),
                 "name another file with --db, or check the permissions of its folder");
}

}  // namespace

Result<void> make_storage(const std::string& path) {
    std::string folder = folder_of(path);
    struct stat found{};
    if (::stat(folder.c_str(), &found) != 0) {
        Result<void> made = make_folders(folder, 0700);
        if (!made) return Error(ErrorCode::io, made.error().message, "name another file with --db");
    }
    if (is_network(folder))
        return Error(ErrorCode::invalid_input,
                     path + " is on a network file system, where SQLite cannot lock it",
                     "keep the database on a local disk");
    return make_file(path);
}

}  // namespace aihub::db
