#include "shared/cli/line_dialog.hpp"

#include <stdlib.h>

#include <algorithm>
#include <numeric>

#include "shared/base/strings.hpp"
#include "shared/cli/utf8.hpp"

namespace aihub::cli {
namespace {

// More are too many to be read aloud.
constexpr std::size_t listed_at_once = 20;

std::vector<std::size_t> column_widths(const Choice& choice) {
    std::vector<std::size_t> widths(choice.titles.size());
    auto widen = [&](const std::vector<std::string>& cells) {
        widths.resize(std::max(widths.size(), cells.size()));
        for (std::size_t i = 0; i < cells.size(); ++i)
            widths[i] = std::max(widths[i], display_width(cells[i]));
    };
    widen(choice.titles);
    for (const auto& cells : choice.entries) widen(cells);
    return widths;
}

std::string line_of(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) line += fitted(cells[i], widths[i] + 2, "");
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
}

std::vector<std::size_t> all_of(const Choice& choice) {
    std::vector<std::size_t> entries(choice.entries.size());
    std::iota(entries.begin(), entries.end(), std::size_t{0});
    return entries;
}

std::vector<std::size_t> found_by(const Choice& choice, const std::string& typed) {
    std::vector<Searched> texts = searched_in(choice);
    std::vector<std::string> words = search_words(typed);
    std::vector<std::size_t> entries = all_of(choice);
    std::erase_if(entries, [&](std::size_t entry) { return !is_found(texts[entry], words); });
    return entries;
}

std::string prompt_for(const Choice& choice) {
    if (choice.filters) return "Number, part of a name, or nothing to go back: ";
    return "Number (1-" + std::to_string(choice.entries.size()) + "): ";
}

}  // namespace

void LineDialog::say(const std::string& text) {
    std::fputs((for_terminal(text, look_.utf8) + "\n").c_str(), out_);
}

std::optional<std::string> LineDialog::read_answer(const std::string& prompt) {
    std::fputs(for_terminal(prompt, look_.utf8).c_str(), out_);
    std::fflush(out_);
    char* line = nullptr;
    std::size_t room = 0;
    ssize_t length = ::getline(&line, &room, in_);
    std::string text(line ? line : "", length > 0 ? static_cast<std::size_t>(length) : 0);
    std::free(line);
    if (length >= 0) return std::string(trim(text.substr(0, text.find_last_not_of("\r\n") + 1)));
    std::fputs("\n", out_);
    return std::nullopt;
}

void LineDialog::list(const Choice& choice, const std::vector<std::size_t>& entries, bool numbers) {
    std::vector<std::size_t> widths = column_widths(choice);
    std::size_t shown = numbers ? std::min(entries.size(), listed_at_once) : entries.size();
    if (!choice.titles.empty()) say((numbers ? "   " : "") + line_of(choice.titles, widths));
    for (std::size_t i = 0; i < shown; ++i)
        say((numbers ? std::to_string(i + 1) + ". " : "") + line_of(choice.entries[entries[i]], widths));
    if (shown < entries.size())
        say("and " + std::to_string(entries.size() - shown) + " more; a part of a name shows fewer");
    if (entries.empty()) say(choice.entries.empty() ? "nothing here" : "nothing matches");
}

std::optional<std::size_t> LineDialog::choose(const Choice& choice) {
    std::vector<std::size_t> entries = all_of(choice);
    say(choice.question);
    list(choice, entries, true);
    while (std::optional<std::string> answer = read_answer(prompt_for(choice))) {
        if (answer->empty() && choice.filters) return std::nullopt;
        if (*answer == "q" && !choice.filters) return std::nullopt;
        std::size_t number = parse_unsigned(*answer).value_or(0);
        if (number >= 1 && number <= std::min(entries.size(), listed_at_once)) return entries[number - 1];
        if (choice.filters) entries = found_by(choice, *answer);
        if (!choice.filters) say("\"" + *answer + "\" is none of them");
        list(choice, entries, true);
    }
    return std::nullopt;
}

std::optional<std::string> LineDialog::ask(const Question& question) {
    std::string fallback = question.fallback.empty() ? "" : " [" + question.fallback + "]";
    std::optional<std::string> answer = read_answer(question.text + fallback + " ");
    if (answer && answer->empty()) *answer = question.fallback;
    return answer && answer->empty() ? std::nullopt : answer;
}

bool LineDialog::confirm(const std::string& question) {
    std::string answer = read_answer(question + " [y/N] ").value_or("");
    return iequals(answer, "y") || iequals(answer, "yes");
}

void LineDialog::browse(const Choice& choice, const Details&) {
    say(choice.question);
    list(choice, all_of(choice), false);
}

void LineDialog::show_secret(const std::string& heading, const std::string& secret, const std::string& note) {
    say(heading);
    say(secret);
    say(note);
}

void LineDialog::tell(Tone, const std::string& text) {
    say(text);
}

}  // namespace aihub::cli
