// setup: everything that a first start needs, made once: the state directory, a settings file, the first
// admin key; then a look around for model servers. Run again, it changes nothing and only looks.
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/files.hpp"
#include "tools/aihub-serve/commands.hpp"
#include "tools/aihub-serve/first_key.hpp"
#include "tools/aihub-serve/services/discovery.hpp"

namespace aihub::serve {
namespace {

constexpr Milliseconds patience{2000};

constexpr std::string_view first_settings = R"({
  // Settings of aihub; `aihub-serve --print-config` shows all of them, and where each comes from.
  // Environment variables and flags win over this file.

  // "gateway_port": 8080,
  // "lan_ip": "192.168.1.10",   // anything but loopback opens the gateway to the network

  // More model servers, each below /NAME/ and, by the models it has, below /v1:
  // "services": {
  //   "vllm": { "url": "http://127.0.0.1:8000", "kind": "openai" }
  // }
}
)";

bool exists(const std::string& path) {
    return ::access(path.c_str(), F_OK) == 0;
}

// Where the settings file goes when none is there yet: --config, else the place that is searched last.
std::string settings_path(const cli::Tool& tool) {
    auto named = tool.flags().find("--config");
    if (named != tool.flags().end()) return named->second;
    if (::geteuid() == 0) return "/etc/aihub/aihub.json";
    const char* folder = std::getenv("XDG_CONFIG_HOME");
    const char* home = std::getenv("HOME");
    std::string base = folder && *folder ? folder : std::string(home ? home : ".") + "/.config";
    return base + "/aihub/aihub.json";
}

Result<void> make_settings(const std::string& path, cli::Output& out) {
    if (exists(path)) {
        out.line("settings   " + path + " (kept)");
        return {};
    }
    std::size_t slash = path.rfind('/');
    if (slash != std::string::npos && slash > 0)
        if (Result<void> made = make_folders(path.substr(0, slash), path.starts_with("/etc/") ? 0755 : 0700);
            !made)
            return made;
    Result<void> written = write_file(path, first_settings, 0644);
    if (written) out.line("settings   " + path + " (made)");
    return written;
}

Result<void> make_state(const config::Settings& settings, cli::Output& out) {
    const std::string& folder = settings.text("state_dir");
    bool there = exists(folder);
    if (Result<void> made = make_folders(folder, 0700); !made) return made;
    out.line("state      " + folder + (there ? " (kept)" : " (made)"));
    const std::string& path = settings.text("db");
    bool had_database = exists(path);
    Result<db::Database> database = db::Database::open(path, db::OpenMode::read_write);
    if (!database) return database.error();
    out.line("database   " + path + (had_database ? " (kept)" : " (made)"));
    return ensure_admin_key(*database, folder);
}

void look_around(const config::Configuration& configuration, cli::Output& out) {
    std::size_t found = 0;
    for (const config::ServiceConfig& service : configuration.services) {
        for (const std::string& url : service.urls) {
            Findings findings = ask_for_models(service, url, patience);
            found += findings.reachable ? 1 : 0;
            std::string says =
                !findings.reachable ? "not there" : std::to_string(findings.models.size()) + " models";
            out.line("service    " + service.name + "  " + url + "  " + says);
        }
    }
    if (found == 0)
        out.line(
            "missing    no model server answers; install Ollama, or set its address, e.g. "
            "OLLAMA_URL=http://192.168.1.20:11434");
    out.line("next       aihub-serve start; then a key for a user: aihub-keys add NAME");
}

Result<void> setup(const cli::Tool& tool, cli::Output& out) {
    // A settings file that --config names is ours to make, and must be there before settings can be read.
    bool named = tool.flags().contains("--config");
    if (named)
        if (Result<void> made = make_settings(settings_path(tool), out); !made) return made;
    Result<config::Configuration> configuration = tool.configuration();
    if (!configuration) return configuration.error();
    std::string file = configuration->file.empty() ? settings_path(tool) : configuration->file;
    if (!named)
        if (Result<void> made = make_settings(file, out); !made) return made;
    if (Result<void> made = make_state(configuration->settings, out); !made) return made;
    look_around(*configuration, out);
    return {};
}

}  // namespace

void add_setup_command(cli::Tool& tool) {
    tool.command("setup", "make what a first start needs, and look for model servers")
        .run([&tool](cli::Output& out) { return setup(tool, out); });
}

}  // namespace aihub::serve
