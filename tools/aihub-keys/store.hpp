// The database that the settings name, opened for a command, and who runs it. Blocking.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/cli/tool.hpp"
#include "shared/db/actor.hpp"
#include "shared/db/database.hpp"
#include "shared/db/keys.hpp"
#include "shared/db/users.hpp"

namespace aihub::keys {

// Makes the file when it is missing.
Result<db::Database> open_for_writing(const cli::Tool& tool);

// Nothing when there is no database yet: then there are no users and keys, which is no failure.
Result<std::optional<db::Database>> open_for_reading(const cli::Tool& tool);

// not_found, and no file is made, when there is no database yet: there is nothing in it to change.
Result<db::Database> open_existing(const cli::Tool& tool);
// The same for a command that only reads.
Result<db::Database> open_existing_for_reading(const cli::Tool& tool);

// Keys that are not revoked; none where there is no database yet.
Result<std::vector<db::ApiKey>> live_keys(const cli::Tool& tool);

// A user whom a command names by name, e-mail address or number, and the database that has them. not_found
// when there is no such user, or no database yet.
struct KnownUser {
    db::Database db;
    db::User user;
};
Result<KnownUser> find_user_to_read(const cli::Tool& tool, const std::string& who);
Result<KnownUser> find_user_to_change(const cli::Tool& tool, const std::string& who);

// Of a user who is made and given none: the setting default_tier. "payg" when the configuration cannot be
// read, which whoever opens the database hears of.
std::string default_tier(const cli::Tool& tool);

// The same where a tier or a balance may have been given: who gives a balance wants it to be spent.
std::string tier_of_new_user(const cli::Tool& tool, const std::optional<std::string>& tier, bool has_balance);

// Who is at the command line, for the audit trail: the login name, also behind sudo.
db::Actor actor();

}  // namespace aihub::keys
