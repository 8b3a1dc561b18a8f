// All that a program is told from outside: settings, services, and which file they came from.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
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
    unsigned priority = 0;        // lower ones are tried first, as long as they answer and have room
    std::string group;            // which strategy orders it among its equals; empty: the setting `strategy`
    unsigned max_concurrent = 0;  // requests at once, for each url; 0: any number
    double cost = 0;              // price of 1,000 tokens, in whatever unit: for the strategy `cost`
    std::vector<std::string> apis;  // what it speaks of chat messages responses ollama …; empty: found out
    std::string origin;             // "default", "environment OLLAMA_URL", "aihub.json:30"
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

// An alias may stand for an alias, and so on; no chain of them is longer.
inline constexpr int deepest_alias = 32;

// Another name for models: the first target that some server has is meant. "lmstudio/qwen3" names one
// service's.
struct ModelAlias {
    std::string name;
    std::vector<std::string> targets;
    std::string origin;
};

// Prices in the currency of the balances; what is not given is taken from the tier, then from `pricing`.
struct PriceConfig {
    std::optional<double> input_per_1k;              // tokens of a request
    std::optional<double> output_per_1k;             // tokens of an answer
    std::optional<double> audio_per_minute;          // of sound that is transcribed
    std::optional<double> speech_per_1k_characters;  // of text that is spoken
};

// What users of one kind may do and pay; tiers of the file, beside payg, sub, open and admin that are
// always there.
struct TierConfig {
    std::string name;
    bool unlimited = false;  // no limit counts, also no user's own
    std::optional<std::int64_t> requests_per_minute;
    std::optional<std::int64_t> tokens_per_minute;
    std::optional<std::int64_t> max_concurrent;  // requests at once
    std::optional<bool> prepaid;                 // needs a balance, and pays from it; payg: yes, others: no
    unsigned weight = 1;                         // share of a full server, beside other tiers
    PriceConfig prices;
};

// What is said of a model in the file, above what its server says: models of the file.
struct ModelConfig {
    std::string name;
    std::string type;                  // empty: found out
    std::uint64_t context_length = 0;  // tokens; 0: found out
    std::optional<bool> tools;
    std::vector<std::string> fallbacks;  // models that stand in while no server of this one answers
    PriceConfig prices;                  // of this model, for all tiers that pay
    std::optional<std::int64_t> requests_per_minute;  // of each user, beside the tier's
    std::optional<std::int64_t> tokens_per_minute;
};

// How servers of the same rank share their work; groups of the file.
struct ServiceGroup {
    std::string name;
    std::string strategy;  // as the setting `strategy`
};

struct Configuration {
    Settings settings;
    std::vector<ServiceConfig> services;
    std::vector<HubInstance> hubs;
    std::vector<LoadedModel> loaded_models;
    std::vector<ModelAlias> aliases;
    std::vector<ModelConfig> models;
    std::vector<ServiceGroup> groups;
    std::vector<TierConfig> tiers;
    std::string file;  // the aihub.json that was read; empty: none
};

// What the command line says, by flag name: {"--listen", "127.0.0.1:0"}. A repeatable flag holds its values
// comma-separated; one without a value holds "on". `--config` and `--env-file` name files; then they must
// exist.
using Flags = std::map<std::string, std::string>;

// A text that is to be read instead of any aihub.json: one that may be written to `file`.
struct Draft {
    std::string file;
    std::string text;
};

// What surrounds the program. Tests give their own.
struct Surroundings {
    std::map<std::string, std::string> variables;
    std::string folder;  // the working folder; empty: the process's own
    bool superuser = false;
    std::optional<Draft> draft = {};
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

// Where an aihub.json is made when there is none, so that the next search finds it and reads the same .env.
std::string place_of_new_file(const Flags& flags, const Surroundings& around);

// All mistakes, where load() gives the first: what --check-config prints.
std::vector<Error> find_mistakes(const Flags& flags);

}  // namespace aihub::config
