// What one command takes: its options, its positional arguments, and what it does. The description feeds the
// parser,
// --help and the shell completions, so that they cannot disagree. Targets are references that must outlive
// Tool::main; they keep their value when the option is not given. One thread.
//
//   std::string user;
//   std::optional<std::string> expires;
//   bool yes = false;
//   cli::Command& add = tool.command("add", "make a user's key");
//   add.positional("USER", user, "who the key is for");
//   add.option("--expires", "30d|DATE|never", expires, "when the key stops working");
//   add.flag("-y,--yes", yes, "do not ask");
//   add.example("aihub-keys add bob laptop", "a key named laptop for bob");
//   add.run([&](cli::Output& out) -> Result<void> { … });
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/cli/output.hpp"

namespace aihub::cli {

using Action = std::function<Result<void>(Output&)>;
using Target = std::variant<std::string*, std::optional<std::string>*, std::vector<std::string>*, bool*>;

struct Argument {
    static constexpr std::size_t unlimited = 1 << 20;

    std::string names;  // "-y,--yes" for an option, "USER" for a positional argument
    std::string value;  // what follows it, for people: "30d|DATE|never"; empty for a flag
    std::string help;
    Target target;
    std::size_t minimum = 1;  // how many values
    std::size_t maximum = 1;  // 0: a flag
    bool positional = false;
    bool repeatable = false;                // each use adds one value
    std::vector<std::string> choices = {};  // not empty: only these values
};

struct Example {
    std::string text;
    std::string says;
};

class Command {
public:
    Command(std::string name, std::string summary);
    Command(const Command&) = delete;
    Command& operator=(const Command&) = delete;

    // Positional arguments, in the order of the calls: required, optional, and any number from `minimum` up.
    Command& positional(std::string name, std::string& target, std::string help);
    Command& positional(std::string name, std::optional<std::string>& target, std::string help);
    Command& positionals(std::string name, std::vector<std::string>& target, std::string help,
                         std::size_t minimum = 1);

    // `names`: "--expires" or "-e,--expires". A name may be given once, but for a vector.
    Command& option(std::string names, std::string value, std::string& target, std::string help);
    Command& option(std::string names, std::string value, std::optional<std::string>& target,
                    std::string help);
    // Repeatable: each use adds one value.
    Command& option(std::string names, std::string value, std::vector<std::string>& target, std::string help);
    // One use takes `minimum` to `maximum` values: -g USER [NAME].
    Command& values(std::string names, std::string value, std::vector<std::string>& target,
                    std::size_t minimum, std::size_t maximum, std::string help);
    Command& flag(std::string names, bool& target, std::string help);
    // The option or positional argument added last takes one of these values only.
    Command& one_of(std::vector<std::string> choices);

    // This command prints a Table: adds --format, --ndjson, -q/--quiet and --no-header (--json every command
    // has).
    Command& prints_table();
    Command& example(std::string text, std::string says);
    Command& run(Action action);

    const std::string& name() const { return name_; }
    const std::string& summary() const { return summary_; }
    const std::vector<Argument>& arguments() const { return arguments_; }
    const std::vector<Example>& examples() const { return examples_; }
    const Action& action() const { return action_; }

    // What the options of prints_table() said, --json aside.
    struct TableOptions {
        std::string format;
        bool ndjson = false;
        bool quiet = false;
        bool no_header = false;
    };
    const TableOptions& table_options() const { return table_options_; }

private:
    Command& add(Argument argument);

    std::string name_;
    std::string summary_;
    std::vector<Argument> arguments_;
    std::vector<Example> examples_;
    Action action_;
    TableOptions table_options_;
};

}  // namespace aihub::cli
