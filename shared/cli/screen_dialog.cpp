#include "shared/cli/screen_dialog.hpp"

#include "shared/base/strings.hpp"
#include "shared/cli/screen_frames.hpp"
#include "shared/cli/utf8.hpp"

namespace aihub::cli {
namespace {

ListPicker picker_for(const Choice& choice) {
    return {searched_in(choice), choice.filters ? ListPicker::Typing::filters : ListPicker::Typing::moves};
}

Style style_of(Tone tone) {
    if (tone == Tone::good) return Style::good;
    return tone == Tone::bad ? Style::bad : Style::plain;
}

bool goes_back(const Key& key) {
    return key.kind == KeyKind::escape || key.kind == KeyKind::end_of_input;
}

Choice lines_to_read(const std::string& title, const std::vector<std::string>& lines, std::size_t width) {
    Choice page{.question = title, .entries = {}, .act = "back"};
    for (const std::string& line : lines)
        for (std::string& part : wrapped(line, width)) page.entries.push_back({std::move(part)});
    return page;
}

}  // namespace

Key ScreenDialog::read_key_over(const std::function<Frame()>& frame) {
    while (true) {
        terminal_.draw(frame());
        Key key = terminal_.read_key();
        if (key.kind != KeyKind::redraw) return key;
    }
}

ListPicker::Outcome ScreenDialog::pick(const Choice& choice, ListPicker& picker) {
    while (true) {
        Key key = read_key_over(
            [&] { return choice_frame(choice, picker, message_, terminal_.size(), terminal_.look()); });
        ListPicker::Outcome outcome = picker.press(key);
        if (outcome != ListPicker::Outcome::going_on) return outcome;
    }
}

std::optional<std::size_t> ScreenDialog::choose(const Choice& choice) {
    ListPicker picker = picker_for(choice);
    ListPicker::Outcome outcome = pick(choice, picker);
    message_.reset();
    return outcome == ListPicker::Outcome::chosen ? picker.chosen() : std::nullopt;
}

std::optional<std::string> ScreenDialog::ask(const Question& question) {
    LineEditor answer;
    while (true) {
        Key key = read_key_over(
            [&] { return question_frame(question, answer, message_, terminal_.size(), terminal_.look()); });
        if (goes_back(key)) return std::nullopt;
        if (key.kind != KeyKind::enter) {
            answer.press(key);
            continue;
        }
        std::string text(trim(answer.text()));
        if (text.empty()) text = question.fallback;
        if (!text.empty()) return text;
    }
}

bool ScreenDialog::confirm(const std::string& question) {
    Choice choice{.question = question, .entries = {{"No"}, {"Yes"}}, .numbered = true};
    ListPicker picker = picker_for(choice);
    while (true) {
        Key key = read_key_over(
            [&] { return choice_frame(choice, picker, message_, terminal_.size(), terminal_.look()); });
        if (key.is("y") || key.is("Y")) return true;
        if (key.is("n") || key.is("N")) return false;
        ListPicker::Outcome outcome = picker.press(key);
        if (outcome == ListPicker::Outcome::back) return false;
        if (outcome == ListPicker::Outcome::chosen) return picker.chosen() == 1;
    }
}

void ScreenDialog::browse(const Choice& choice, const Details& details) {
    ListPicker picker = picker_for(choice);
    while (pick(choice, picker) == ListPicker::Outcome::chosen) {
        std::size_t width = terminal_.size().columns;
        std::vector<std::string> lines = details(*picker.chosen());
        Choice page =
            lines_to_read(choice.entries[*picker.chosen()].front(), lines, width > 2 ? width - 2 : 1);
        ListPicker place = picker_for(page);
        pick(page, place);
    }
}

void ScreenDialog::show_secret(const std::string& heading, const std::string& secret,
                               const std::string& note) {
    terminal_.forget_typed();
    Key key;
    do
        key = read_key_over(
            [&] { return secret_frame(heading, secret, note, terminal_.size(), terminal_.look()); });
    while (key.kind == KeyKind::unknown);  // such as what a terminal says of itself
}

void ScreenDialog::tell(Tone tone, const std::string& text) {
    message_ = Row{text, style_of(tone)};
}

}  // namespace aihub::cli
