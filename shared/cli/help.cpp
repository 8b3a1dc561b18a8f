#include "shared/cli/help.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/strings.hpp"
#include "shared/cli/exit_code.hpp"

namespace aihub::cli {
namespace {

constexpr std::size_t page_width = 80;
constexpr std::size_t wide_column = 26;
constexpr std::size_t narrow_column = 6;

// "  left      words that go on below one another"
std::string entry(const std::string& left, std::string_view words, std::size_t text_column = wide_column) {
    std::string text = "  " + left;
    std::size_t column = text.size();
    if (column + 2 > text_column) text += "\n", column = 0;
    text.append(text_column - column, ' ');
    column = text_column;
    for (std::string_view word : split(words, ' ')) {
        if (column > text_column && column + 1 + word.size() > page_width) {
            text += "\n" + std::string(text_column, ' ');
            column = text_column;
        }
        if (column > text_column) text += " ", ++column;
        text += word;
        column += word.size();
    }
    return text + "\n";
}

std::string left_side(const Argument& argument) {
    std::string text;
    for (const std::string& name : split_list(argument.names)) text += (text.empty() ? "" : ", ") + name;
    return argument.value.empty() ? text : text + " " + argument.value;
}

std::string positional_usage(const Argument& argument) {
    std::string text = argument.names + (argument.maximum > 1 ? "…" : "");
    return argument.minimum == 0 ? "[" + text + "]" : text;
}

bool is_root(const Grammar& grammar, const Command& command) {
    return &command == &grammar.root;
}

std::string title(const Grammar& grammar, const Command& command, const std::string& summary) {
    bool root = is_root(grammar, command);
    return grammar.program + (root ? ": " + summary : " " + command.name() + ": " + command.summary()) + "\n";
}

std::string usage(const Grammar& grammar, const Command& command) {
    bool root = is_root(grammar, command);
    std::string text = "usage: " + grammar.program + (root ? "" : " " + command.name()) + " [OPTION…]";
    for (const Argument& argument : command.arguments())
        if (argument.positional) text += " " + positional_usage(argument);
    if (!commands_below(grammar, command).empty()) text += command.action() ? " [COMMAND]" : " COMMAND";
    return text + "\n";
}

std::string section(const std::string& heading, const std::string& entries) {
    return entries.empty() ? "" : "\n" + heading + ":\n" + entries;
}

std::string argument_entries(const std::vector<Argument>& arguments, bool positional) {
    std::string text;
    for (const Argument& argument : arguments)
        if (argument.positional == positional) text += entry(left_side(argument), argument.help);
    return text;
}

std::string command_entries(const Grammar& grammar, const Command& above) {
    std::string text;
    for (const Command* command : commands_below(grammar, above))
        text += entry(command->name(), command->summary());
    return text;
}

std::string example_entries(const Command& command, bool with_words) {
    std::string text;
    for (const Example& example : command.examples())
        text += "  " + example.text + "\n" + (with_words ? "      " + example.says + "\n" : "");
    return text;
}

}  // namespace

std::string exit_code_help() {
    std::string text;
    for (const ExitCode& code : exit_codes())
        text += entry(std::to_string(code.number), code.meaning, narrow_column);
    return text;
}

std::string full_help(const Grammar& grammar, const Command& command, const std::string& summary) {
    std::string text = title(grammar, command, summary) + "\n" + usage(grammar, command);
    text += section("commands", command_entries(grammar, command));
    text += section("arguments", argument_entries(command.arguments(), true));
    text += section("options", argument_entries(command.arguments(), false));
    text += section(is_root(grammar, command) ? "settings and general options" : "general options",
                    argument_entries(grammar.common, false));
    text += section("examples", example_entries(command, true));
    return text + section("exit codes", exit_code_help());
}

std::string short_help(const Grammar& grammar, const Command& command, const std::string& summary) {
    std::string text = title(grammar, command, summary) + usage(grammar, command);
    text += section("examples", example_entries(command, false));
    text += section("commands", command_entries(grammar, command));
    text += section("arguments", argument_entries(command.arguments(), true));
    std::string subcommand = is_root(grammar, command) ? "" : " " + command.name();
    return text + "\neverything: " + grammar.program + subcommand + " --help\n";
}

}  // namespace aihub::cli
