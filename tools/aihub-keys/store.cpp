#include "tools/aihub-keys/store.hpp"

#include <pwd.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>

namespace aihub::keys {
namespace {

// Longer than a large import writes, also on a slow disk: nobody shall hear of a locked database because of
// one. Who reads waits for nobody.
constexpr std::chrono::seconds patience{20};

Result<db::Database> open(const cli::Tool& tool, db::OpenMode mode) {
    Result<config::Configuration> configuration = tool.configuration();
    if (!configuration) return configuration.error();
    return db::Database::open(configuration->settings.text("db"), mode);
}

Result<KnownUser> find_user_in(Result<db::Database> db, const std::string& who) {
    if (!db) return db.error();
    Result<db::User> user = db::find_user(*db, who);
    if (!user) return user.error();
    return KnownUser{std::move(*db), std::move(*user)};
}

std::string login_name() {
    const passwd* entry = ::getpwuid(::geteuid());
    return entry ? entry->pw_name : "uid " + std::to_string(::geteuid());
}

}  // namespace

std::string default_tier(const cli::Tool& tool) {
    Result<config::Configuration> configuration = tool.configuration();
    return configuration ? configuration->settings.text("default_tier") : "payg";
}

std::string tier_of_new_user(const cli::Tool& tool, const std::optional<std::string>& tier,
                             bool has_balance) {
    if (tier) return *tier;
    return has_balance ? "payg" : default_tier(tool);
}

Result<db::Database> open_for_writing(const cli::Tool& tool) {
    Result<db::Database> opened = open(tool, db::OpenMode::read_write);
    if (opened) opened->wait_at_most(patience);
    return opened;
}

Result<std::optional<db::Database>> open_for_reading(const cli::Tool& tool) {
    Result<db::Database> opened = open(tool, db::OpenMode::read_only);
    if (opened) return std::optional(std::move(*opened));
    if (opened.error().code == ErrorCode::not_found) return std::optional<db::Database>();
    return opened.error();
}

Result<db::Database> open_existing_for_reading(const cli::Tool& tool) {
    Result<std::optional<db::Database>> found = open_for_reading(tool);
    if (!found) return found.error();
    if (!*found)
        return Error(ErrorCode::not_found, "there are no users and keys yet",
                     "make the first with: aihub-keys add USER");
    return std::move(**found);
}

Result<db::Database> open_existing(const cli::Tool& tool) {
    Result<db::Database> found = open_existing_for_reading(tool);
    if (!found) return found;
    return open_for_writing(tool);
}

Result<std::vector<db::ApiKey>> live_keys(const cli::Tool& tool) {
    Result<std::optional<db::Database>> db = open_for_reading(tool);
    if (!db) return db.error();
    if (!*db) return std::vector<db::ApiKey>();
    return db::list_keys(**db);
}

Result<KnownUser> find_user_to_read(const cli::Tool& tool, const std::string& who) {
    return find_user_in(open_existing_for_reading(tool), who);
}

Result<KnownUser> find_user_to_change(const cli::Tool& tool, const std::string& who) {
    return find_user_in(open_existing(tool), who);
}

db::Actor actor() {
    const char* behind_sudo = ::geteuid() == 0 ? std::getenv("SUDO_USER") : nullptr;
    return {behind_sudo && *behind_sudo ? behind_sudo : login_name(), "cli"};
}

}  // namespace aihub::keys
