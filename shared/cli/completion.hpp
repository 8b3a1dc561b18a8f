// Shell completions from the description of the commands. Pure. Private to shared/cli.
#pragma once

#include <string>

#include "shared/cli/parser.hpp"

namespace aihub::cli {

std::string bash_completion(const Grammar& grammar);

}  // namespace aihub::cli
