#include <csignal>

#include "shared/cli/print_config.hpp"
#include "tools/aihub-serve/app.hpp"
#include "tools/aihub-serve/commands.hpp"

namespace aihub::serve {
namespace {

// Told twice: a shell sees what happened. The signal is blocked since the gateway began.
void die_of(int signal) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    std::signal(signal, SIG_DFL);
    std::raise(signal);
    ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

Result<void> serve(cli::Tool& tool, bool take_over) {
    Result<config::Configuration> configuration = tool.configuration();
    if (!configuration) return configuration.error();
    int status = 0;
    {
        App app(std::move(*configuration), [&tool] { return tool.configuration(); }, tool.flags());
        if (Result<void> started = app.start(take_over); !started) return started;
        status = app.run();
    }
    if (status > 128) die_of(status - 128);
    return {};
}

}  // namespace

void add_serve_command(cli::Tool& tool) {
    static bool check = false;
    static bool print = false;
    static bool take_over = false;
    tool.root()
        .flag("--check-config", check, "only say whether the settings are right: 0 yes, 2 no")
        .flag("--print-config", print, "print the settings and where each comes from")
        .flag("--take-over", take_over,
              "replace the gateway that runs from the same state folder, without a pause")
        .example("aihub-serve", "serve on 127.0.0.1:8080")
        .example("aihub-serve --listen 0.0.0.0:8080", "serve the network")
        .run([&tool](cli::Output& out) -> Result<void> {
            if (check) return cli::check_configuration(out, tool.flags());
            if (!print) return serve(tool, take_over);
            Result<config::Configuration> loaded = tool.configuration();
            if (!loaded) return loaded.error();
            cli::print_configuration(out, *loaded);
            return {};
        });
}

}  // namespace aihub::serve
