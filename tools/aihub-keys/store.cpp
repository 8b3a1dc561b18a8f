#include "tools/aihub-keys/store.hpp"

#include <pwd.h>
#include <unistd.h>

namespace aihub::keys {
namespace {

Result<db::Database> open(const cli::Tool& tool, db::OpenMode mode) {
    Result<config::Configuration> configuration = tool.configuration();
    if (!configuration) return configuration.error();
    return db::Database::open(configuration->settings.text("db"), mode);
}

}  // namespace

Result<db::Database> open_for_writing(const cli::Tool& tool) {
    return open(tool, db::OpenMode::read_write);
}

Result<std::optional<db::Database>> open_for_reading(const cli::Tool& tool) {
    Result<db::Database> opened = open(tool, db::OpenMode::read_only);
    if (opened) return std::optional(std::move(*opened));
    if (opened.error().code == ErrorCode::not_found) return std::optional<db::Database>();
    return opened.error();
}

db::Actor this_user() {
    const passwd* user = ::getpwuid(::getuid());
    return {user ? user->pw_name : std::to_string(::getuid()), "cli"};
}

}  // namespace aihub::keys
