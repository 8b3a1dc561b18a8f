// A gateway as a process of its own, in a session of its own, started by a command.
#pragma once

#include <string>

#include "shared/base/files.hpp"
#include "shared/config/configuration.hpp"

namespace aihub::serve {

// The same program with these flags; what it says goes to `output`. Gives its process number.
Result<int> spawn_gateway(const config::Flags& flags, bool take_over, int output);

// Why a gateway that ended with this status (of waitpid) did not start, in what it said.
Error failed_start(int status, const std::string& said, std::string hint);

}  // namespace aihub::serve
