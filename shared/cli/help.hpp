// The text of -h and --help. Pure. Private to shared/cli.
#pragma once

#include <string>

#include "shared/cli/parser.hpp"

namespace aihub::cli {

// Everything about a command; of the root also the subcommands.
std::string full_help(const Grammar& grammar, const Command& command, const std::string& summary);
// Usage, examples and subcommands: at most 24 lines.
std::string short_help(const Grammar& grammar, const Command& command, const std::string& summary);
std::string exit_code_help();

}  // namespace aihub::cli
