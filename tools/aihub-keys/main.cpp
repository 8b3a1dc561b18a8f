#include "shared/cli/tool.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/db/database.hpp"
#include "tools/aihub-keys/commands.hpp"

int main(int argc, char** argv) {
    aihub::crypto::initialise();
    aihub::cli::Tool tool("aihub-keys", "users and keys of an aihub gateway");
    tool.version_fact("sqlite", aihub::db::library_version());
    aihub::keys::add_short_flags(tool);
    aihub::keys::add_add_command(tool);
    aihub::keys::add_list_command(tool);
    aihub::keys::add_delete_command(tool);
    return tool.main(argc, argv);
}
