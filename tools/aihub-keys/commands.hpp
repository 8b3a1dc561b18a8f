// The commands of aihub-keys: each describes itself to the tool and holds its options as long as the tool
// lives.
#pragma once

#include "shared/cli/tool.hpp"

namespace aihub::keys {

void add_add_command(cli::Tool& tool);
void add_list_command(cli::Tool& tool);
void add_delete_command(cli::Tool& tool);

// -g, -l and -d, without a command: they print the sentences and the table that scripts written for an
// earlier gateway's key program expect.
void add_short_flags(cli::Tool& tool);

}  // namespace aihub::keys
