// A conversation with somebody at a terminal: choices, questions, answers. Menus are written against this
// interface; ScreenDialog draws it, LineDialog prints it line by line. Texts may hold anything: they are made
// fit for the terminal. Once the input has ended, everybody goes back. Blocking; one thread.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "shared/cli/search.hpp"

namespace aihub::cli {

struct Choice {
    std::string question;
    std::vector<std::string> titles = {};           // above the columns; may be empty
    std::vector<std::vector<std::string>> entries;  // columns of each, the most telling one first
    bool filters = false;                           // there may be many: what is typed filters them
    std::vector<Searched> searched = {};  // where it finds them: one an entry, or empty: in all columns
    bool numbered = false;                // few and always the same: a digit chooses one
    std::string act = "choose";           // what the Enter key does
};

struct Question {
    std::string text;
    std::string fallback = {};  // for an empty answer; none: an empty answer is none
};

// More about an entry, as lines.
using Details = std::function<std::vector<std::string>(std::size_t)>;

enum class Tone { good, bad, neutral };

// Of each entry, what a filter looks into.
std::vector<Searched> searched_in(const Choice& choice);

class Dialog {
public:
    virtual ~Dialog() = default;

    // Nothing when the person goes back.
    virtual std::optional<std::size_t> choose(const Choice& choice) = 0;
    // Trimmed, not empty; nothing when the person goes back.
    virtual std::optional<std::string> ask(const Question& question) = 0;
    // Going back is a no.
    virtual bool confirm(const std::string& question) = 0;
    // To be read, with details of each entry where they can be asked for.
    virtual void browse(const Choice& choice, const Details& details) = 0;
    // Shown until a key is pressed, and then nowhere to be found, as far as the terminal can forget.
    virtual void show_secret(const std::string& heading, const std::string& secret,
                             const std::string& note) = 0;
    // What was done, or why not: stands above the next choice.
    virtual void tell(Tone tone, const std::string& text) = 0;
};

}  // namespace aihub::cli
