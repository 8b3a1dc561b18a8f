// Requests for an account, made by anybody on the sign-up page and decided by an admin. Blocking; never on a
// loop thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/db/actor.hpp"
#include "shared/db/database.hpp"
#include "shared/db/keys.hpp"
#include "shared/db/users.hpp"

namespace aihub::db {

struct Signup {
    std::int64_t id = 0;
    std::string email;
    std::string tier;
    std::string message;
    std::string status;  // pending, approved or rejected
    std::int64_t created_ms = 0;
};

// At most this many wait at a time: anybody may ask.
inline constexpr std::int64_t most_pending_signups = 1000;

// conflict with the seeds' sentences: "Email already registered", "Signup request already pending";
// invalid_input for what is no e-mail address, and for the tier admin; busy when too many wait.
Result<Signup> add_signup(Database& db, const std::string& email, const std::string& tier,
                          const std::string& message);

// Newest first.
Result<std::vector<Signup>> list_signups(Database& db);

struct ApprovedSignup {
    User user;
    MadeKey key;
};
// not_found "Request not found"; conflict "Request already processed" or "User already exists".
Result<ApprovedSignup> approve_signup(Database& db, std::int64_t id, const Actor& actor);
Result<void> reject_signup(Database& db, std::int64_t id, const Actor& actor);

}  // namespace aihub::db
