#include "shared/cli/parser.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <deque>

#include "shared/base/similar.hpp"
#include "shared/base/strings.hpp"

namespace aihub::cli {
namespace {

// An argument as CLI11 knows it, and what it collected.
struct Bound {
    const Argument* argument;
    const Command* command;  // nullptr: common to all
    CLI::Option* option = nullptr;
    std::vector<std::string> values = {};
};

std::string join(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

// The name people know an argument by: the last of "-y,--yes".
std::string known_as(const Argument& argument) {
    return argument.names.substr(argument.names.rfind(',') + 1);
}

// Compared without the dashes, which every option has.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& names) {
    auto bare = [](std::string_view text) {
        return text.substr(std::min(text.find_first_not_of('-'), text.size()));
    };
    std::vector<std::string_view> candidates;
    candidates.reserve(names.size());
    for (const std::string& name : names) candidates.push_back(bare(name));
    std::optional<std::string_view> guess = most_similar(bare(word), candidates);
    for (const std::string& name : names)
        if (guess && bare(name) == *guess) return name;
    return std::nullopt;
}

void store(const Bound& bound) {
    const std::vector<std::string>& values = bound.values;
    if (auto* flag = std::get_if<bool*>(&bound.argument->target)) **flag = true;
    if (auto* text = std::get_if<std::string*>(&bound.argument->target)) **text = values.front();
    if (auto* text = std::get_if<std::optional<std::string>*>(&bound.argument->target))
        **text = values.front();
    if (auto* list = std::get_if<std::vector<std::string>*>(&bound.argument->target)) **list = values;
}

std::string beginning_of_those_below(const Grammar& grammar, const Command& command) {
    return &command == &grammar.root ? "" : command.name() + " ";
}

class Parser {
public:
    explicit Parser(const Grammar& grammar) : grammar_(grammar) {
        app_.set_help_flag();
        app_.require_subcommand(0, 1);
        for (const Argument& argument : grammar.common) bind(app_, argument, nullptr);
        for (const Argument& argument : grammar.root.arguments()) bind(app_, argument, &grammar.root);
        for (const Command* command : grammar.commands) {
            CLI::App* sub = add_subcommand(command->name());
            for (const Argument& argument : command->arguments()) bind(*sub, argument, command);
        }
    }

    Result<Parsed> run(std::vector<std::string> arguments) {
        std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
        try {
            app_.parse(arguments);
        } catch (const CLI::ExtrasError&) {
            return unexpected(app_.remaining(true).front());
        } catch (const CLI::ArgumentMismatch& error) {
            return value_missing(error.what());
        } catch (const CLI::ParseError& error) {
            return Error(ErrorCode::invalid_input, error.what(), see_help(chosen()));
        }
        return finish();
    }

private:
    void bind(CLI::App& app, const Argument& argument, const Command* command) {
        Bound& bound = bound_.emplace_back(Bound{&argument, command});
        if (argument.maximum == 0) {
            bound.option = app.add_flag(argument.names)->disable_flag_override();
            return;
        }
        bound.option = app.add_option(argument.names, bound.values);
        bool several = argument.maximum > 1;
        // Without extra arguments [x] stays text, and each use of an option takes one value.
        if (!several) bound.option->allow_extra_args(false);
        if (several && !argument.positional)
            bound.option->expected(static_cast<int>(argument.minimum), static_cast<int>(argument.maximum));
        if (!several && !argument.repeatable) bound.option->expected(1);
        bound.option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);  // check() says it in our words
    }

    CLI::App* add_subcommand(const std::string& name) {
        std::size_t space = name.find(' ');
        CLI::App* group = space == std::string::npos ? &app_ : app_.get_subcommand(name.substr(0, space));
        CLI::App* sub = group->add_subcommand(name.substr(space + 1));
        sub->set_help_flag();
        sub->fallthrough();
        sub->require_subcommand(0, 1);
        return sub;
    }

    std::string chosen_name() const {
        std::string name;
        for (const CLI::App* app = &app_; !app->get_subcommands().empty();) {
            app = app->get_subcommands().front();
            name += (name.empty() ? "" : " ") + app->get_name();
        }
        return name;
    }

    const Command* chosen() const {
        for (const Command* command : grammar_.commands)
            if (command->name() == chosen_name()) return command;
        return &grammar_.root;
    }

    std::string see_help(const Command* command) const {
        std::string subcommand = command == &grammar_.root ? "" : " " + command->name();
        return "see: " + grammar_.program + subcommand + " --help";
    }

    Error unexpected(const std::string& word) const {
        bool option = word.size() > 1 && word.front() == '-';
        const Command* command = chosen();
        bool subcommand = !option && !commands_below(grammar_, *command).empty();
        std::string text = (subcommand ? beginning_of_those_below(grammar_, *command) : "") + word;
        std::optional<std::string> guess;
        if (option)
            guess = nearest(word.substr(0, word.find('=')), option_names(command));
        else if (subcommand)
            guess = nearest(text, command_names(command));
        std::string what = option       ? "unknown option "
                           : subcommand ? "unknown command "
                                        : "unexpected argument ";
        std::string hint = guess ? "did you mean " + *guess + "?" : see_help(command);
        return Error(ErrorCode::invalid_input, what + "\"" + printable(text) + "\"", hint);
    }

    // CLI11 begins its sentence with the option's name.
    Error value_missing(std::string_view sentence) const {
        std::string name(sentence.substr(0, sentence.find(':')));
        for (const Bound& bound : bound_)
            if (bound.option->check_name(name))
                return Error(ErrorCode::invalid_input, name + " wants a value: " + bound.argument->value,
                             see_help(chosen()));
        return Error(ErrorCode::invalid_input, std::string(sentence), see_help(chosen()));
    }

    std::vector<std::string> command_names(const Command* above) const {
        std::vector<std::string> names;
        for (const Command* command : commands_below(grammar_, *above)) names.push_back(command->name());
        return names;
    }

    std::vector<std::string> option_names(const Command* command) const {
        std::vector<std::string> names;
        for (const Bound& bound : bound_)
            if (!bound.argument->positional && (bound.command == nullptr || bound.command == command))
                for (const std::string& name : split_list(bound.argument->names)) names.push_back(name);
        return names;
    }

    Result<Parsed> finish() {
        Parsed parsed{chosen()};
        for (const Bound& bound : bound_) {
            if (bound.option->count() == 0) {
                note_missing(bound, parsed);
                continue;
            }
            if (Result<void> checked = check(bound); !checked) return checked.error();
            store(bound);
        }
        return parsed;
    }

    void note_missing(const Bound& bound, Parsed& parsed) const {
        bool required =
            bound.argument->positional && bound.argument->minimum > 0 && bound.command == parsed.command;
        if (required && !parsed.missing)
            parsed.missing = Error(ErrorCode::invalid_input, bound.argument->names + " is missing",
                                   see_help(parsed.command));
    }

    Result<void> check(const Bound& bound) const {
        const Argument& argument = *bound.argument;
        // Else a value that happens to be a command's name would turn -g USER NAME into that command.
        if (bound.command == &grammar_.root && chosen() != &grammar_.root)
            return Error(ErrorCode::invalid_input,
                         known_as(argument) + " does not go with the command " + chosen()->name(),
                         see_help(&grammar_.root));
        if (argument.maximum > 0 && bound.values.size() < argument.minimum)
            return Error(ErrorCode::invalid_input, known_as(argument) + " wants more: " + argument.value,
                         see_help(chosen()));
        if (!argument.repeatable && argument.maximum > 0 && bound.values.size() > argument.maximum)
            return Error(ErrorCode::invalid_input, known_as(argument) + " is given more than once",
                         "give it once");
        for (const std::string& value : bound.values)
            if (!argument.choices.empty() &&
                std::find(argument.choices.begin(), argument.choices.end(), value) == argument.choices.end())
                return Error(ErrorCode::invalid_input,
                             known_as(argument) + ": unknown value \"" + printable(value) + "\"",
                             "give one of " + join(argument.choices));
        return {};
    }

    const Grammar& grammar_;
    CLI::App app_;
    std::deque<Bound> bound_;
};

}  // namespace

std::vector<const Command*> commands_below(const Grammar& grammar, const Command& command) {
    std::string beginning = beginning_of_those_below(grammar, command);
    std::vector<const Command*> below;
    for (const Command* each : grammar.commands)
        if (each->name().starts_with(beginning) &&
            each->name().find(' ', beginning.size()) == std::string::npos)
            below.push_back(each);
    return below;
}

bool is_group(const Grammar& grammar, const Command& command) {
    return &command != &grammar.root && !commands_below(grammar, command).empty();
}

// CLI11 throws beside parse errors only for a grammar that contradicts itself, which is a bug: let it
// terminate.
Result<Parsed> parse(const Grammar& grammar, const std::vector<std::string>& arguments) {
    return Parser(grammar).run(arguments);
}

}  // namespace aihub::cli
