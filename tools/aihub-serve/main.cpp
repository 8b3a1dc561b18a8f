#include "shared/cli/tool.hpp"
#include "tools/aihub-serve/commands.hpp"

int main(int argc, char** argv) {
    aihub::cli::Tool tool("aihub-serve", "one authenticated endpoint for all your model servers");
    tool.use_all_settings();
    aihub::serve::add_serve_command(tool);
    aihub::serve::add_control_commands(tool);
    aihub::serve::add_setup_command(tool);
    return tool.main(argc, argv);
}
