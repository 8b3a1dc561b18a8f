// The commands of aihub-keys: each describes itself to the tool and holds its options as long as the tool
// lives.
#pragma once

#include "shared/cli/tool.hpp"

namespace aihub::keys {

void add_add_command(cli::Tool& tool);
void add_list_command(cli::Tool& tool);
void add_show_command(cli::Tool& tool);
void add_change_command(cli::Tool& tool);
void add_delete_command(cli::Tool& tool);
void add_rotate_command(cli::Tool& tool);
void add_verify_command(cli::Tool& tool);
void add_user_commands(cli::Tool& tool);
void add_tier_commands(cli::Tool& tool);
void add_balance_commands(cli::Tool& tool);
void add_export_command(cli::Tool& tool);
void add_import_command(cli::Tool& tool);
void add_audit_command(cli::Tool& tool);
void add_db_commands(cli::Tool& tool);

// -g, -l, -d and -e, without a command: they print the sentences and the table that scripts written for an
// earlier gateway's key program expect. `otherwise` runs when there is neither a command nor one of them.
void add_short_flags(cli::Tool& tool, cli::Action otherwise);

// Says on stderr which commands there are; no_terminal.
Result<void> show_usage(const cli::Tool& tool);

}  // namespace aihub::keys
