#include "shared/cli/tool.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/db/database.hpp"
#include "tools/aihub-logwatch/commands.hpp"

int main(int argc, char** argv) {
    using namespace aihub;
    crypto::initialise();
    cli::Tool tool("aihub-logwatch", "what access logs tell");
    tool.version_fact("sqlite", db::library_version());
    logwatch::add_ingest_command(tool);
    logwatch::add_report_command(tool);
    logwatch::add_offsets_commands(tool);
    logwatch::add_sql_command(tool);
    return tool.main(argc, argv);
}
