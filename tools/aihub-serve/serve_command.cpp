#include <csignal>

#include "shared/cli/print_config.hpp"
#include "tools/aihub-serve/app.hpp"
#include "tools/aihub-serve/commands.hpp"

namespace aihub::serve {
namespace {

Result<void> serve(cli::Tool& tool) {
    Result<config::Configuration> configuration = tool.configuration();
    if (!configuration) return configuration.error();
    App app(std::move(*configuration), [&tool] { return tool.configuration(); });
    if (Result<void> started = app.start(); !started) return started;
    int status = app.run();
    // Told twice: die of the signal, so that a shell sees what happened.
    if (status > 128) std::signal(status - 128, SIG_DFL), std::raise(status - 128);
    return {};
}

}  // namespace

void add_serve_command(cli::Tool& tool) {
    static bool check = false;
    static bool print = false;
    tool.root()
        .flag("--check-config", check, "only say whether the settings are right: 0 yes, 2 no")
        .flag("--print-config", print, "print the settings and where each comes from")
        .example("aihub-serve", "serve on 127.0.0.1:8080")
        .example("aihub-serve --listen 0.0.0.0:8080", "serve the network")
        .run([&tool](cli::Output& out) -> Result<void> {
            if (check) return cli::check_configuration(out, tool.flags());
            if (!print) return serve(tool);
            Result<config::Configuration> loaded = tool.configuration();
            if (!loaded) return loaded.error();
            cli::print_configuration(out, *loaded);
            return {};
        });
}

}  // namespace aihub::serve
