#include "shared/cli/tool.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "shared/base/similar.hpp"
#include "shared/base/strings.hpp"
#include "shared/cli/completion.hpp"
#include "shared/cli/exit_code.hpp"
#include "shared/cli/help.hpp"
#include "shared/cli/print_config.hpp"
#include "shared/cli/setting_flags.hpp"

namespace aihub::cli {
namespace {

// A closed stdin, stdout or stderr is filled with /dev/null opened the wrong way round: reads and writes fail
// as they should, and a database that is opened next does not become "stdout".
void fill_closed_streams() {
    for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::fcntl(fd, F_GETFD) < 0) {
            int filler = ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
            if (filler >= 0 && filler != fd) ::dup2(filler, fd), ::close(filler);
        }
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

// Known before parsing, since a mistake in the arguments is reported as JSON too.
bool asks_for_json(const std::vector<std::string>& arguments) {
    auto end = std::find(arguments.begin(), arguments.end(), "--");
    return std::any_of(arguments.begin(), end,
                       [](const std::string& word) { return word == "--json" || word == "--ndjson"; });
}

}  // namespace

std::string_view program_version() {
    return AIHUB_VERSION;
}

// Options that every tool has, and what they said.
struct Tool::Common {
    SettingFlags settings;
    std::string config_file;
    std::string env_file;
    std::vector<std::string> topic;
    std::string shell;
    bool check = false;
    bool json = false;
    bool version = false;
    bool short_help = false;
    bool full_help = false;
};

Tool::Tool(std::string name, std::string summary)
    : name_(std::move(name)),
      summary_(std::move(summary)),
      root_(std::make_unique<Command>("", summary_)),
      common_(std::make_unique<Common>()) {
    auto option = [&](std::string names, std::string value, Target target, std::string help) {
        std::size_t maximum = value.empty() ? 0 : 1;
        common_arguments_.push_back({.names = std::move(names),
                                     .value = std::move(value),
                                     .help = std::move(help),
                                     .target = target,
                                     .maximum = maximum});
    };
    option("--config", "FILE", &common_->config_file, "settings file (default aihub.json; AIHUB_CONFIG)");
    option("--env-file", "FILE", &common_->env_file, "variables (default .env beside the settings file)");
    option("--json", "", &common_->json, "the answer, or the error, as JSON");
    option("--version", "", &common_->version, "the version");
    option("-h", "", &common_->short_help, "the shortest help");
    option("--help", "", &common_->full_help, "this help");
    use_settings({"db"});
    add_standard_commands();
}

Tool::~Tool() = default;

Command& Tool::command(std::string name, std::string summary) {
    return *commands_.emplace_back(std::make_unique<Command>(std::move(name), std::move(summary)));
}

void Tool::use_settings(const std::vector<std::string_view>& names) {
    for (std::string_view name : names)
        if (const config::Setting* setting = config::find_setting(name))
            common_->settings.add(*setting, common_arguments_);
}

void Tool::use_all_settings() {
    for (const config::Setting& setting : config::settings_table())
        common_->settings.add(setting, common_arguments_);
}

void Tool::version_fact(std::string key, std::string value) {
    version_facts_.emplace_back(std::move(key), std::move(value));
}

void Tool::add_standard_commands() {
    auto standard = [&](std::string name, std::string summary) -> Command& {
        return *standard_commands_.emplace_back(
            std::make_unique<Command>(std::move(name), std::move(summary)));
    };
    standard("config", "print the settings and where each comes from")
        .flag("--check", common_->check, "only say whether they are right")
        .run([this](Output& out) -> Result<void> {
            if (common_->check) return check_configuration(out, flags_);
            Result<config::Configuration> loaded = configuration();
            if (!loaded) return loaded.error();
            print_configuration(out, *loaded);
            return {};
        });
    standard("completion", "print completions for a shell")
        .positional("SHELL", common_->shell, "bash")
        .one_of({"bash"})
        .run([this](Output& out) -> Result<void> { return out.write(completion_bash()), Result<void>(); });
    standard("help", "explain a command, or exit-codes")
        .positionals("TOPIC", common_->topic, "a command, or exit-codes")
        .run([this](Output& out) { return print_help_topic(out, joined(common_->topic)); });
}

Grammar Tool::grammar() const {
    Grammar grammar{name_, *root_, {}, common_arguments_};
    for (const auto& command : commands_) grammar.commands.push_back(command.get());
    for (const auto& command : standard_commands_) grammar.commands.push_back(command.get());
    return grammar;
}

std::string Tool::completion_bash() const {
    return bash_completion(grammar());
}
std::string Tool::help() const {
    return full_help(grammar(), *root_, summary_);
}
std::string Tool::usage() const {
    return short_help(grammar(), *root_, summary_);
}

config::Flags Tool::collect_flags() const {
    config::Flags flags;
    common_->settings.collect(flags);
    if (!common_->config_file.empty()) flags["--config"] = common_->config_file;
    if (!common_->env_file.empty()) flags["--env-file"] = common_->env_file;
    return flags;
}

OutputOptions Tool::output_options(const Command& command) const {
    const Command::TableOptions& said = command.table_options();
    OutputOptions options;
    options.format = parse_format(said.format).value_or(Format::automatic);
    if (common_->json) options.format = Format::json;
    if (said.ndjson) options.format = Format::ndjson;
    options.first_column_only = said.quiet;
    options.header = !said.no_header;
    return options;
}

Result<void> Tool::print_version(Output& out) const {
    if (!out.wants_json()) return out.line(name_ + " " + std::string(program_version())), Result<void>();
    Record record{"aihub.version/1", {{"name", name_}, {"version", program_version()}}};
    for (const auto& [key, value] : version_facts_) record.fields.emplace_back(key, value);
    out.print(record);
    return {};
}

Result<void> Tool::print_help_topic(Output& out, const std::string& topic) const {
    Grammar known = grammar();
    std::vector<std::string_view> topics{"exit-codes"};
    if (topic == "exit-codes") return out.write(exit_code_help()), Result<void>();
    for (const Command* command : known.commands) {
        topics.push_back(command->name());
        if (command->name() == topic) return out.write(full_help(known, *command, summary_)), Result<void>();
    }
    std::optional<std::string_view> guess = most_similar(topic, topics);
    return Error(ErrorCode::invalid_input, "no help on \"" + printable(topic) + "\"",
                 guess ? "did you mean " + std::string(*guess) + "?" : "see: " + name_ + " --help");
}

Result<void> Tool::run_command(const Parsed& parsed, Output& out) {
    if (common_->version) return print_version(out);
    if (common_->full_help) return out.write(full_help(grammar(), *parsed.command, summary_)), Result<void>();
    if (common_->short_help)
        return out.write(short_help(grammar(), *parsed.command, summary_)), Result<void>();
    if (parsed.missing) return *parsed.missing;
    if (!parsed.command->action()) {
        std::string group = parsed.command->name().empty() ? "" : " " + parsed.command->name();
        return Error(ErrorCode::invalid_input,
                     "no command is given" + (group.empty() ? "" : " after" + group),
                     "see: " + name_ + group + " --help");
    }
    return parsed.command->action()(out);
}

Result<void> Tool::dispatch(const std::vector<std::string>& arguments, Output& out) {
    Grammar known = grammar();
    Result<Parsed> parsed = parse(known, arguments);
    if (!parsed) return parsed.error();
    flags_ = collect_flags();
    out.set_options(output_options(*parsed->command));
    return run_command(*parsed, out);
}

int Tool::run(const std::vector<std::string>& arguments, std::FILE* out, std::FILE* error) {
    Output output(name_, out, error);
    if (asks_for_json(arguments)) output.set_options({.format = Format::json});
    Result<void> done = dispatch(arguments, output);
    if (!done) output.report(done.error());
    Result<void> written = output.finish();
    if (done && !written) output.report(written.error());
    if (!done) return exit_code(done.error().code);
    if (!written) return exit_code(written.error().code);
    return output.is_negative() ? 1 : 0;
}

int Tool::main(int argc, char** argv) {
    fill_closed_streams();
    std::signal(SIGPIPE,
                SIG_DFL);  // `| head` ends the program silently, even when its parent ignored the signal
    return run(std::vector<std::string>(argv + std::min(argc, 1), argv + argc), stdout, stderr);
}

}  // namespace aihub::cli
