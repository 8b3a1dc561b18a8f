// What aihub-serve does on a command line: serve (no subcommand), control a running gateway, set one up.
#pragma once

#include "shared/cli/tool.hpp"

namespace aihub::serve {

void add_serve_command(cli::Tool& tool);
void add_control_commands(cli::Tool& tool);  // status, stop, reload, start, restart
void add_setup_command(cli::Tool& tool);

}  // namespace aihub::serve
