// The only user of CLI11: turns arguments into values of the targets that commands describe. Private to
// shared/cli.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/cli/command.hpp"

namespace aihub::cli {

struct Grammar {
    std::string program;
    const Command& root;
    std::vector<const Command*> commands;
    const std::vector<Argument>& common;  // before and after the subcommand
};

struct Parsed {
    const Command* command = nullptr;   // the root when no subcommand was named
    std::optional<Error> missing = {};  // an argument is missing: no matter when only help is wanted
};

// Targets of what was not given are left alone. invalid_input for anything that no command takes.
Result<Parsed> parse(const Grammar& grammar, const std::vector<std::string>& arguments);

}  // namespace aihub::cli
