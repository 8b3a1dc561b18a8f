#include "shared/cli/command.hpp"

#include <utility>

namespace aihub::cli {

Command::Command(std::string name, std::string summary)
    : name_(std::move(name)), summary_(std::move(summary)) {}

Command& Command::add(Argument argument) {
    arguments_.push_back(std::move(argument));
    return *this;
}

Command& Command::positional(std::string name, std::string& target, std::string help) {
    return add({.names = std::move(name),
                .value = {},
                .help = std::move(help),
                .target = &target,
                .positional = true});
}

Command& Command::positional(std::string name, std::optional<std::string>& target, std::string help) {
    return add({.names = std::move(name),
                .value = {},
                .help = std::move(help),
                .target = &target,
                .minimum = 0,
                .positional = true});
}

Command& Command::positionals(std::string name, std::vector<std::string>& target, std::string help,
                              std::size_t minimum) {
    return add({.names = std::move(name),
                .value = {},
                .help = std::move(help),
                .target = &target,
                .minimum = minimum,
                .maximum = Argument::unlimited,
                .positional = true});
}

Command& Command::option(std::string names, std::string value, std::string& target, std::string help) {
    return add(
        {.names = std::move(names), .value = std::move(value), .help = std::move(help), .target = &target});
}

Command& Command::option(std::string names, std::string value, std::optional<std::string>& target,
                         std::string help) {
    return add(
        {.names = std::move(names), .value = std::move(value), .help = std::move(help), .target = &target});
}

Command& Command::option(std::string names, std::string value, std::vector<std::string>& target,
                         std::string help) {
    return add({.names = std::move(names),
                .value = std::move(value),
                .help = std::move(help),
                .target = &target,
                .repeatable = true});
}

Command& Command::values(std::string names, std::string value, std::vector<std::string>& target,
                         std::size_t minimum, std::size_t maximum, std::string help) {
    return add({.names = std::move(names),
                .value = std::move(value),
                .help = std::move(help),
                .target = &target,
                .minimum = minimum,
                .maximum = maximum});
}

Command& Command::flag(std::string names, bool& target, std::string help) {
    return add(
        {.names = std::move(names), .value = {}, .help = std::move(help), .target = &target, .maximum = 0});
}

Command& Command::one_of(std::vector<std::string> choices) {
    arguments_.back().choices = std::move(choices);
    return *this;
}

Command& Command::prints_table() {
    option("--format", "FORMAT", table_options_.format,
           "table, tsv, csv, json or ndjson; a table on a terminal");
    one_of({"table", "tsv", "csv", "json", "ndjson"});
    flag("--ndjson", table_options_.ndjson, "one JSON object a line");
    flag("-q,--quiet", table_options_.quiet, "the first column only");
    return flag("--no-header", table_options_.no_header, "no line of titles");
}

Command& Command::example(std::string text, std::string says) {
    examples_.push_back({std::move(text), std::move(says)});
    return *this;
}

Command& Command::run(Action action) {
    action_ = std::move(action);
    return *this;
}

}  // namespace aihub::cli
