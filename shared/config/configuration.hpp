// All that a program is told from outside: settings, services, and which file they came from.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/config/settings.hpp"

namespace aihub::config {

enum class ServiceKind { ollama, openai, speech, transcription, openwebui, plain };
std::string_view kind_name(ServiceKind kind);

// A model server, reachable under /NAME/ and, by the models it has, at the root.
struct ServiceConfig {
    std::string name;  // also its path prefix
    ServiceKind kind = ServiceKind::openai;
    std::vector<std::string> urls;  // base URLs: http(s)://host:port[/path]
    std::vector<unsigned> weights;  // as many as urls; 1 when not given
    std::string key;                // credentials of its own: sent as `Authorization: Bearer`; may be empty
    std::uint64_t body_limit = 0;   // bytes of a request body
    Milliseconds connect_timeout{5000};
    Milliseconds first_byte_timeout{0};  // 0: none
    Milliseconds idle_timeout{300'000};  // silence after the first byte
    std::vector<std::string> models;     // models to believe in without asking; empty: ask
    bool verify_tls = true;
    std::string origin;  // "default", "environment OLLAMA_URL", "aihub.json:30"
};

// A hub that the registry lists: HubInstances of the file, HubInstances__0__Address in the environment.
struct HubInstance {
    std::string name;
    std::string address;  // a base URL
    std::uint64_t load = 0;
    std::uint64_t capacity = 100;
};

// A model to be kept loaded: loaded_models of the file.
struct LoadedModel {
    std::string name;
    std::string type = "auto";
    std::string keep_alive = "-1";
};

struct Configuration {
    Settings settings;
    std::vector<ServiceConfig> services;
    std::vector<HubInstance> hubs;
    std::vector<LoadedModel> loaded_models;
    std::string file;  // the aihub.json that was read; empty: none
};

// What the command line says, by flag name: {"--listen", "127.0.0.1:0"}. A repeatable flag holds its values
// comma-separated; one without a value holds "on". `--config` and `--env-file` name files; then they must
// exist.
using Flags = std::map<std::string, std::string>;

// What surrounds the program. Tests give their own.
struct Surroundings {
    std::map<std::string, std::string> variables;
    std::string folder;  // the working folder; empty: the process's own
    bool superuser = false;
};
Surroundings process_surroundings();

// Reads environment, .env (beside the config file, without one in the working folder; or --env-file) and
// aihub.json
// (--config, $AIHUB_CONFIG, ./aihub.json, ./data/config.json when it is a gateway's,
// $XDG_CONFIG_HOME/aihub/aihub.json, /etc/aihub/aihub.json). A variable that is set but empty counts as not
// set; a secret's may be NAME_FILE, a file that holds it. Defaults that depend on others are filled in (db,
// state_dir, access_log, listen, lmstudio_url, …) and still count as defaults. Never half: any mistake is an
// error "FILE:LINE: KEY: what; what to do" and nothing else.
Result<Configuration> load(const Flags& flags);
Result<Configuration> load(const Flags& flags, const Surroundings& around);

// All mistakes, where load() gives the first: what --check-config prints.
std::vector<Error> find_mistakes(const Flags& flags);

}  // namespace aihub::config
