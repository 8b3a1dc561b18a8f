#include "shared/cli/tool.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/db/database.hpp"
#include "tools/aihub-keys/commands.hpp"
#include "tools/aihub-keys/menu/menu.hpp"

int main(int argc, char** argv) {
    using namespace aihub;
    crypto::initialise();
    cli::Tool tool("aihub-keys", "users and keys of an aihub gateway");
    tool.version_fact("sqlite", db::library_version());
    keys::add_short_flags(tool, [&tool](cli::Output& out) { return keys::open_menu(tool, out); });
    keys::add_add_command(tool);
    keys::add_list_command(tool);
    keys::add_show_command(tool);
    keys::add_change_command(tool);
    keys::add_delete_command(tool);
    keys::add_rotate_command(tool);
    keys::add_verify_command(tool);
    keys::add_user_commands(tool);
    keys::add_tier_commands(tool);
    keys::add_balance_commands(tool);
    keys::add_export_command(tool);
    keys::add_import_command(tool);
    keys::add_audit_command(tool);
    keys::add_db_commands(tool);
    return tool.main(argc, argv);
}
