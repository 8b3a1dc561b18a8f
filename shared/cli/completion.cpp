#include "shared/cli/completion.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/strings.hpp"

namespace aihub::cli {
namespace {

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : std::string(separator)) + word;
    return text;
}

// What bash offers after an option: files, folders, one of some words, or nothing it could know.
std::string action_after(const Argument& argument) {
    if (!argument.choices.empty())
        return "COMPREPLY=($(compgen -W '" + joined(argument.choices, " ") + "' -- \"$word\"))";
    if (argument.value.starts_with("FOLDER")) return "COMPREPLY=($(compgen -d -- \"$word\"))";
    if (argument.value.starts_with("FILE")) return "COMPREPLY=($(compgen -f -- \"$word\"))";
    return "COMPREPLY=()";
}

class Writer {
public:
    explicit Writer(const Grammar& grammar) : grammar_(grammar), function_("_" + grammar.program) {
        std::replace(function_.begin(), function_.end(), '-', '_');
    }

    std::string write() {
        std::string text = "# bash completion of " + grammar_.program + ", written by: " + grammar_.program +
                           " completion bash\n" + function_ + "() {\n" +
                           "    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
                           "    local command= each words\n"
                           "    for each in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
                           "        case $command/$each in\n"
                           "            " +
                           joined(paths(), "|") +
                           ") command=${command:+$command/}$each ;;\n"
                           "        esac\n"
                           "    done\n";
        text += "    case $command:$previous in\n" + after_options() + "    esac\n";
        text += "    case $command in\n" + words_of_commands() + "    esac\n";
        return text + "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\ncomplete -F " + function_ +
               " " + grammar_.program + "\n";
    }

private:
    // "balance/add": a word of the script, where a blank would end it.
    static std::string path_of(const Command& command) {
        std::string path = command.name();
        std::replace(path.begin(), path.end(), ' ', '/');
        return path;
    }

    std::vector<std::string> paths() const {
        std::vector<std::string> list;
        for (const Command* command : grammar_.commands)
            list.push_back((path_of(*command).find('/') == std::string::npos ? "/" : "") + path_of(*command));
        return list;
    }

    std::vector<std::string> names_below(const Command& above) const {
        std::vector<std::string> names;
        for (const Command* command : commands_below(grammar_, above))
            names.push_back(command->name().substr(command->name().rfind(' ') + 1));
        return names;
    }

    static std::string after(const std::vector<Argument>& arguments, const std::string& command) {
        std::string text;
        for (const Argument& argument : arguments) {
            if (argument.positional || argument.maximum == 0) continue;
            std::vector<std::string> patterns;
            for (const std::string& name : split_list(argument.names))
                patterns.push_back(command + ":" + name);
            text += "        " + joined(patterns, "|") + ") " + action_after(argument) + "; return ;;\n";
        }
        return text;
    }

    std::string after_options() const {
        std::string text = after(grammar_.common, "*") + after(grammar_.root.arguments(), "");
        for (const Command* command : grammar_.commands)
            text += after(command->arguments(), path_of(*command));
        return text;
    }

    static std::vector<std::string> words(const std::vector<Argument>& arguments) {
        std::vector<std::string> list;
        for (const Argument& argument : arguments) {
            std::vector<std::string> more =
                argument.positional ? argument.choices : split_list(argument.names);
            list.insert(list.end(), more.begin(), more.end());
        }
        return list;
    }

    std::string words_of_commands() const {
        std::string text;
        std::string common = joined(words(grammar_.common), " ");
        for (const Command* command : grammar_.commands) {
            std::string own = joined(
                is_group(grammar_, *command) ? names_below(*command) : words(command->arguments()), " ");
            text += "        " + path_of(*command) + ") words='" + own + (own.empty() ? "" : " ") + common +
                    "' ;;\n";
        }
        std::string root = joined(words(grammar_.root.arguments()), " ");
        return text + "        *) words='" + joined(names_below(grammar_.root), " ") + " " + root +
               (root.empty() ? "" : " ") + common + "' ;;\n";
    }

    const Grammar& grammar_;
    std::string function_;
};

}  // namespace

std::string bash_completion(const Grammar& grammar) {
    return Writer(grammar).write();
}

}  // namespace aihub::cli
