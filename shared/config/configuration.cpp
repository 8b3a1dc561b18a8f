#include "shared/config/configuration.hpp"

#include <unistd.h>

#include <algorithm>
#include <optional>

#include "shared/base/files.hpp"
#include "shared/base/strings.hpp"
#include "shared/config/address.hpp"
#include "shared/config/aliases.hpp"
#include "shared/config/defaults.hpp"
#include "shared/config/dotenv.hpp"
#include "shared/config/fixed_paths.hpp"
#include "shared/config/services.hpp"
#include "shared/config/settings_builder.hpp"
#include "shared/config/settings_file.hpp"
#include "shared/config/sources.hpp"
#include "shared/config/value_check.hpp"

namespace aihub::config {
namespace {

constexpr const char* system_file = "/etc/aihub/aihub.json";

std::string variable_of(const Surroundings& around, const std::string& name) {
    auto found = around.variables.find(name);
    return found == around.variables.end() ? "" : found->second;
}

// Empty when there is none.
std::string config_home(const Surroundings& around) {
    std::string home = variable_of(around, "XDG_CONFIG_HOME");
    if (home.empty() && !variable_of(around, "HOME").empty()) home = variable_of(around, "HOME") + "/.config";
    return home;
}

struct FoundFile {
    std::string label;  // as messages name it
    std::string text;
};

class Loader {
public:
    Loader(const Flags& flags, const Surroundings& around) : flags_(flags), around_(around) {}

    std::vector<Error> mistakes;

    Configuration load() {
        Configuration result;
        SettingsFile file = read_config_file(result.file);
        Variables environment = Variables::of_environment(around_.variables);
        Variables dotenv = read_dotenv(result.file);
        SettingsBuilder builder;
        for (const Setting& row : settings_table())
            builder.set(row.name, choose(row, environment, dotenv, file));
        derive_defaults(builder, around_);
        result.settings = std::move(builder.settings);
        result.services = build_services(result.settings, file, result.file, mistakes);
        check_aliases(file.aliases, mistakes);
        result.aliases = std::move(file.aliases);
        result.models = std::move(file.models);
        result.groups = std::move(file.groups);
        result.tiers = std::move(file.tiers);
        result.loaded_models = std::move(file.loaded_models);
        result.hubs = std::move(file.hubs);
        apply_hub_variables(dotenv, result.hubs, mistakes);
        apply_hub_variables(environment, result.hubs, mistakes);
        check_together(result);
        return result;
    }

private:
    std::string flag(const std::string& name) const {
        auto found = flags_.find(name);
        return found == flags_.end() ? "" : found->second;
    }

    std::string variable(const std::string& name) const { return variable_of(around_, name); }

    std::string in_folder(const std::string& path) const {
        return around_.folder.empty() || path.starts_with('/') ? path : around_.folder + "/" + path;
    }

    void mistake(const std::string& place, const std::string& what, const std::string& hint) {
        mistakes.emplace_back(ErrorCode::invalid_input, place + ": " + what, hint);
    }

    // A file that somebody named must be there; one that was only looked for need not.
    std::optional<FoundFile> read_named(const std::string& path, const std::string& named_by) {
        Result<std::string> text = read_file(in_folder(path));
        if (text) return FoundFile{path, *text};
        mistake(named_by, text.error().message, "name a file that can be read");
        return std::nullopt;
    }

    std::optional<FoundFile> read_if_there(const std::string& path) {
        Result<std::string> text = read_file(in_folder(path));
        if (text) return FoundFile{path, *text};
        if (text.error().code != ErrorCode::not_found)
            mistake(path, text.error().message, "make it readable, or remove it");
        return std::nullopt;
    }

    std::optional<FoundFile> find_config_file() {
        if (around_.draft) return FoundFile{around_.draft->file, around_.draft->text};
        if (std::string named = flag("--config"); !named.empty()) return read_named(named, "--config");
        if (std::string named = variable("AIHUB_CONFIG"); !named.empty())
            return read_named(named, "environment AIHUB_CONFIG");
        if (auto found = read_if_there("aihub.json")) return found;
        if (auto found = read_if_there("data/config.json"); found && is_gateway_config(found->text))
            return found;
        if (std::string home = config_home(around_); !home.empty())
            if (auto found = read_if_there(home + "/aihub/aihub.json")) return found;
        return read_if_there(system_file);
    }

    SettingsFile read_config_file(std::string& path) {
        std::optional<FoundFile> found = find_config_file();
        if (!found) return {};
        path = found->label;
        return read_settings_file(found->label, found->text, mistakes);
    }

    // data/config.json lies in a folder of its own, one below the .env that belongs to it.
    static std::string dotenv_beside(const std::string& config_file) {
        std::size_t slash = config_file.rfind('/');
        if (slash == std::string::npos || config_file == "data/config.json") return ".env";
        return config_file.substr(0, slash + 1) + ".env";
    }

    Variables read_dotenv(const std::string& config_file) {
        std::string named = flag("--env-file");
        std::optional<FoundFile> found =
            named.empty() ? read_if_there(dotenv_beside(config_file)) : read_named(named, "--env-file");
        if (!found) return {};
        Result<std::vector<DotenvEntry>> entries = parse_dotenv(found->text);
        if (entries) return Variables::of_dotenv(found->label, *entries, around_.variables);
        mistake(found->label + ":" + entries.error().message.substr(0, entries.error().message.find(": ")),
                entries.error().message.substr(entries.error().message.find(": ") + 2), entries.error().hint);
        return {};
    }

    std::optional<Candidate> from_flag(const Setting& row) const {
        auto found = row.flag.empty() ? flags_.end() : flags_.find(std::string(row.flag));
        if (found == flags_.end()) return std::nullopt;
        std::string origin = "flag " + std::string(row.flag);
        return Candidate{found->second, origin, std::string(row.flag)};
    }

    Value choose(const Setting& row, const Variables& environment, const Variables& dotenv,
                 const SettingsFile& file) {
        std::optional<Candidate> candidate = from_flag(row);
        if (!candidate) candidate = environment.find(row, mistakes);
        if (!candidate) candidate = dotenv.find(row, mistakes);
        if (candidate) return checked(row, *candidate);
        if (auto found = file.values.find(row.name); found != file.values.end()) return found->second;
        return standard(row);
    }

    Value checked(const Setting& row, const Candidate& candidate) {
        Result<std::string> value = canonical_value(row, candidate.text);
        if (value) return Value{*value, candidate.origin};
        mistake(candidate.place, value.error().message, value.error().hint);
        return standard(row);
    }

    static Value standard(const Setting& row) {
        if (row.standard.empty()) return Value{"", "default"};
        return Value{canonical_value(row, row.standard).value(), "default"};
    }

    void check_together(const Configuration& configuration) {
        const Settings& settings = configuration.settings;
        check_auth(settings);
        check_tls(settings);
        check_base_path(settings);
        for (const HubInstance& hub : configuration.hubs)
            if (hub.address.empty())
                mistake("HubInstances", "a hub has no Address",
                        "give each hub \"Address\": \"https://HOST:PORT\"");
    }

    void check_auth(const Settings& settings) {
        if (settings.boolean("auth") || settings.boolean("insecure")) return;
        for (const std::string& address : settings.list("listen"))
            if (Result<Address> parsed = parse_address(address); parsed && !is_loopback(parsed->host))
                return mistake(settings.at("auth").origin,
                               "auth is off, and other machines can reach " + address,
                               "listen on 127.0.0.1, or add --insecure if anyone may use it");
    }

    void check_tls(const Settings& settings) {
        const Value& certificate = settings.at("tls_certificate");
        const Value& key = settings.at("tls_key");
        if (certificate.text.empty() == key.text.empty()) return;
        const Value& given = key.text.empty() ? certificate : key;
        mistake(given.origin,
                key.text.empty() ? "tls_certificate without tls_key" : "tls_key without tls_certificate",
                "give both --tls-cert and --tls-key");
    }

    void check_base_path(const Settings& settings) {
        const Value& base = settings.at("base_path");
        if (is_base_path_taken(base.text))
            mistake(base.origin, "base_path: " + base.text + " belongs to the gateway itself",
                    "choose another path, such as /api");
    }

    const Flags& flags_;
    const Surroundings& around_;
};

}  // namespace

Surroundings process_surroundings() {
    Surroundings around;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        std::string_view text = *entry;
        std::size_t equals = text.find('=');
        if (equals != std::string_view::npos)
            around.variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    around.superuser = ::geteuid() == 0;
    return around;
}

Result<Configuration> load(const Flags& flags, const Surroundings& around) {
    Loader loader(flags, around);
    Configuration configuration = loader.load();
    if (loader.mistakes.empty()) return configuration;
    return loader.mistakes.front();
}

Result<Configuration> load(const Flags& flags) {
    return load(flags, process_surroundings());
}

// A .env in the working folder counts only beside a file that lies there too.
std::string place_of_new_file(const Flags& flags, const Surroundings& around) {
    if (auto named = flags.find("--config"); named != flags.end() && !named->second.empty())
        return named->second;
    if (std::string named = variable_of(around, "AIHUB_CONFIG"); !named.empty()) return named;
    std::string folder = around.folder.empty() ? "" : around.folder + "/";
    if (read_file(folder + ".env")) return "aihub.json";
    std::string home = config_home(around);
    return home.empty() ? system_file : home + "/aihub/aihub.json";
}

std::vector<Error> find_mistakes(const Flags& flags) {
    Surroundings around = process_surroundings();
    Loader loader(flags, around);
    loader.load();
    return loader.mistakes;
}

}  // namespace aihub::config
