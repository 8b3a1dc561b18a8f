// Who changes an account, for the audit trail: every function of this module that changes one takes it, and
// writes the audit row in the transaction of the change.
#pragma once

#include <string>

namespace aihub::db {

struct Actor {
    std::string name;    // a user's name, or the login name of who runs a command line
    std::string source;  // where from: "cli", or the address of an API's client
};

}  // namespace aihub::db
