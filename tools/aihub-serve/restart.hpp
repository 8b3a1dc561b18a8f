// `aihub-serve restart`: a new process with the flags of the running one, but for those that are given, takes
// over from it. Blocking.
#pragma once

#include "shared/cli/tool.hpp"
#include "tools/aihub-serve/pid_file.hpp"

namespace aihub::serve {

// not_found when the running gateway cannot be asked to hand over: nothing was done then. Else the new
// process.
Result<Running> replace_running(const std::string& state_folder, const config::Flags& given);

}  // namespace aihub::serve
