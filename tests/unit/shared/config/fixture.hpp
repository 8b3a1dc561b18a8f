// Settings files in a folder of their own, loaded with an environment of their own.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <vector>

#include "shared/base/files.hpp"
#include "shared/config/configuration.hpp"

namespace aihub::config {

class Fixture {
public:
    Fixture() {
        std::string pattern = (std::filesystem::temp_directory_path() / "aihub-config-XXXXXX").string();
        around.folder = ::mkdtemp(pattern.data());
        around.variables["XDG_CONFIG_HOME"] = around.folder + "/xdg";
        around.variables["HOME"] = around.folder + "/home";
    }
    ~Fixture() { std::filesystem::remove_all(around.folder); }
    Fixture(const Fixture&) = delete;
    Fixture& operator=(const Fixture&) = delete;

    void given_file(const std::string& name, const std::string& text) {
        std::filesystem::path path = std::filesystem::path(around.folder) / name;
        std::filesystem::create_directories(path.parent_path());
        Result<void> written = write_file(path.string(), text);
        if (!written) throw std::runtime_error(written.error().message);
    }
    void given_variable(const std::string& name, const std::string& text) { around.variables[name] = text; }
    void given_flag(const std::string& name, const std::string& text) { flags[name] = text; }

    Result<Configuration> load_all() const { return load(flags, around); }
    Configuration loaded() const {
        Result<Configuration> result = load_all();
        if (!result) throw std::runtime_error(result.error().message);
        return *result;
    }
    Value value(const std::string& name) const { return loaded().settings.at(name); }
    // "what; what to do" of the mistake that stops the loading, or "" when nothing does.
    std::string mistake() const {
        Result<Configuration> result = load_all();
        return result ? "" : result.error().message + "; " + result.error().hint;
    }
    // Of aihub.json with this text.
    std::string mistake_in(const std::string& text) {
        given_file("aihub.json", text);
        return mistake();
    }
    // nullptr when there is no such service. Valid until the next call.
    const ServiceConfig* service(const std::string& name) {
        configuration_ = loaded();
        for (const ServiceConfig& each : configuration_.services)
            if (each.name == name) return &each;
        return nullptr;
    }

    Surroundings around;
    Flags flags;

private:
    Configuration configuration_;
};

}  // namespace aihub::config
