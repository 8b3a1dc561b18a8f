// A whole program's command line: parses, dispatches, prints errors, gives the exit code. main() is:
//
//   int main(int argc, char** argv) {
//       aihub::cli::Tool tool("aihub-keys", "users and keys of an aihub gateway");
//       add_list_command(tool);                        // tool.command("list", "…") … see command.hpp
//       tool.root().run(…);                            // without a subcommand; not set: a short usage, exit
//       2 return tool.main(argc, argv);
//   }
//
// Every tool has --config, --env-file, --db, --json, --version, -h, --help, before or after the subcommand,
// the subcommands `config`, `completion bash` and `help`, did-you-mean, and stdout checked for a full disk.
// Which settings have flags here is said with use_settings(). Inside an action, configuration() gives the
// settings (flag, environment, .env, file, default) and flags() the raw flags. Nothing throws.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/cli/command.hpp"
#include "shared/config/configuration.hpp"

namespace aihub::cli {

class Tool {
public:
    Tool(std::string name, std::string summary);
    Tool(const Tool&) = delete;
    ~Tool();

    Command& root() { return *root_; }
    Command& command(std::string name, std::string summary);

    // Rows of the settings table whose flags this tool takes, by name; `db` is always among them. Those of
    // the type list may be repeated, those of the type boolean take no value.
    void use_settings(const std::vector<std::string_view>& names);
    void use_all_settings();
    // A fact for --version --json, such as the version of a library.
    void version_fact(std::string key, std::string value);

    // What the command line said about settings, for config::load (also for a later reload).
    const config::Flags& flags() const { return flags_; }
    Result<config::Configuration> configuration() const { return config::load(flags_); }

    int main(int argc, char** argv);
    // The same on other streams, without touching signals: for tests. `arguments` without the program's name.
    int run(const std::vector<std::string>& arguments, std::FILE* out, std::FILE* error);

    // The text of completions/NAME.bash.
    std::string completion_bash() const;
    // As --help prints it, of the tool or of one of its commands.
    std::string help(const Command& command) const;
    std::string short_help(const Command& command) const;

    const std::string& name() const { return name_; }
    const std::vector<std::unique_ptr<Command>>& commands() const { return commands_; }
    const std::vector<Argument>& common() const { return common_; }

private:
    struct SettingFlag;

    void add_common_flags();
    void add_standard_commands();
    void use_setting(const config::Setting& setting);
    void collect_flags();
    Result<void> print_config(Output& out, bool check_only) const;
    Result<void> print_version(Output& out) const;
    Result<void> print_help(Output& out, const std::string& topic) const;
    const Command* find(std::string_view name) const;
    Result<void> dispatch(const std::vector<std::string>& arguments, Output& out);
    OutputOptions output_options(const Command& command) const;

    std::string name_;
    std::string summary_;
    std::unique_ptr<Command> root_;
    std::vector<std::unique_ptr<Command>> commands_;
    std::vector<Argument> common_;
    std::vector<std::unique_ptr<SettingFlag>> setting_flags_;
    std::vector<std::pair<std::string, std::string>> version_facts_;
    config::Flags flags_;
    std::string config_file_;
    std::string env_file_;
    bool json_ = false;
    bool version_ = false;
    bool short_help_ = false;
    bool help_ = false;
};

}  // namespace aihub::cli
