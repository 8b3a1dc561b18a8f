#include "tools/aihub-serve/first_key.hpp"

#include <unistd.h>

#include <cstdio>

#include "shared/base/files.hpp"
#include "shared/db/keys.hpp"

namespace aihub::serve {

Result<void> ensure_admin_key(db::Database& database, const std::string& state_folder) {
    Result<bool> needed = db::needs_first_admin(database);
    if (!needed) return needed.error();
    if (!*needed) return {};
    db::NewKey wanted;
    wanted.user = "admin";
    wanted.name = "first";
    wanted.tier = "admin";
    wanted.admin = true;
    Result<db::MadeKey> made = db::make_key(database, wanted, {"aihub-serve", "first start"});
    if (!made && made.error().code == ErrorCode::conflict) return {};  // another process was faster
    if (!made) return made.error();
    if (::isatty(STDERR_FILENO) != 0) {
        std::fprintf(stderr, "admin key, shown this once: %s\n", made->token.c_str());
        return {};
    }
    std::string path = state_folder + "/admin.key";
    Result<void> written = write_file(path, made->token + "\n", 0600);
    if (written)
        std::fprintf(stderr, "aihub-serve: the first admin key is in %s; move it to a safe place\n",
                     path.c_str());
    return written;
}

}  // namespace aihub::serve
