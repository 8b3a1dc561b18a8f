// A whole program's command line: parses, dispatches, prints errors, gives the exit code. main() is:
//
//   int main(int argc, char** argv) {
//       aihub::cli::Tool tool("aihub-keys", "users and keys of an aihub gateway");
//       add_list_command(tool);  // tool.command("list", "…"): see command.hpp
//       tool.root().run(…);      // without a subcommand; when not set that is a mistake
//       return tool.main(argc, argv);
//   }
//
// Every tool has --config, --env-file, --db, --json, --version, -h, --help, before or after the subcommand,
// the subcommands `config`, `completion bash` and `help`, did-you-mean, and stdout checked for a full disk.
// Which settings have flags here is said with use_settings(). Inside an action, configuration() gives the
// settings (flag, environment, .env, file, default) and flags() the raw flags. Nothing throws.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/cli/command.hpp"
#include "shared/cli/parser.hpp"
#include "shared/config/configuration.hpp"

namespace aihub::cli {

// "0.1.0": of the whole project.
std::string_view program_version();

class Tool {
public:
    Tool(std::string name, std::string summary);
    Tool(const Tool&) = delete;
    Tool& operator=(const Tool&) = delete;
    ~Tool();

    Command& root() { return *root_; }
    // A name of two words, "balance add", belongs to the command of the first, which is described before it,
    // takes no arguments and does nothing by itself.
    Command& command(std::string name, std::string summary);

    // Rows of the settings table whose flags this tool takes, by name; `db` is always among them. Those of
    // the type list may be repeated; a boolean that is off by default takes no value.
    void use_settings(const std::vector<std::string_view>& names);
    void use_all_settings();
    // A fact for --version --json, such as the version of a library.
    void version_fact(std::string key, std::string value);

    // What the command line said about settings, for config::load (also for a later reload).
    const config::Flags& flags() const { return flags_; }
    Result<config::Configuration> configuration() const { return config::load(flags_); }

    // Once a tool: what the options said stays in their targets.
    int main(int argc, char** argv);
    // The same on other streams, without touching signals: for tests. `arguments` without the program's name.
    int run(const std::vector<std::string>& arguments, std::FILE* out, std::FILE* error);

    // The text of completions/NAME.bash.
    std::string completion_bash() const;
    // As --help prints it, of the whole tool.
    std::string help() const;
    // As -h prints it: what a program shows that was called without a command.
    std::string usage() const;

private:
    struct Common;

    Grammar grammar() const;
    void add_standard_commands();
    Result<void> dispatch(const std::vector<std::string>& arguments, Output& out);
    Result<void> run_command(const Parsed& parsed, Output& out);
    Result<void> print_version(Output& out) const;
    Result<void> print_help_topic(Output& out, const std::string& topic) const;
    OutputOptions output_options(const Command& command) const;
    config::Flags collect_flags() const;

    std::string name_;
    std::string summary_;
    std::unique_ptr<Command> root_;
    std::vector<std::unique_ptr<Command>> commands_;           // the tool's own, in the order of the calls
    std::vector<std::unique_ptr<Command>> standard_commands_;  // config, completion, help
    std::vector<Argument> common_arguments_;
    std::unique_ptr<Common> common_;
    std::vector<std::pair<std::string, std::string>> version_facts_;
    config::Flags flags_;
};

}  // namespace aihub::cli
