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

// Whether it only holds others: "balance", when there is a "balance add".
bool is_group(const Grammar& grammar, const Command& command);
// What may be named next: commands of one word after the root, those of two after their group.
std::vector<const Command*> commands_below(const Grammar& grammar, const Command& command);

struct Parsed {
    const Command* command = nullptr;   // the root when no subcommand was named
    std::optional<Error> missing = {};  // an argument is missing: no matter when only help is wanted
};

// Targets of what was not given are left alone. invalid_input for anything that no command takes.
Result<Parsed> parse(const Grammar& grammar, const std::vector<std::string>& arguments);

}  // namespace aihub::cli
