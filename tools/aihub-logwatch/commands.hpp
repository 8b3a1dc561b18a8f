// The commands of aihub-logwatch: each describes itself to the tool and holds its options as long as the tool
// lives.
#pragma once

#include "shared/cli/tool.hpp"

namespace aihub::logwatch {

void add_ingest_command(cli::Tool& tool);
void add_report_command(cli::Tool& tool);
void add_offsets_commands(cli::Tool& tool);
void add_sql_command(cli::Tool& tool);

}  // namespace aihub::logwatch
