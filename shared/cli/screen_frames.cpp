#include "shared/cli/screen_frames.hpp"

#include <algorithm>
#include <iterator>

#include "shared/cli/screen_layout.hpp"
#include "shared/cli/utf8.hpp"

namespace aihub::cli {
namespace {

constexpr std::size_t gap = 2;  // between columns
constexpr std::size_t pointer_width = 2;

using Rows = std::vector<Row>;

void append(Rows& rows, const Rows& more, std::size_t count) {
    rows.insert(rows.end(), more.begin(),
                more.begin() + static_cast<std::ptrdiff_t>(std::min(count, more.size())));
}

Rows wrapped_rows(const std::string& text, Style style, ScreenSize size, const Look& look) {
    Rows rows;
    for (std::string& line : wrapped(for_terminal(text, look.utf8), size.columns))
        rows.push_back({std::move(line), style});
    return rows;
}

// And an empty row, when there is room for one.
Rows message_rows(const std::optional<Row>& message, ScreenSize size, const Look& look) {
    if (!message) return {};
    Rows rows = wrapped_rows(message->text, message->style, size, look);
    rows.emplace_back();
    return rows;
}

std::vector<std::size_t> column_widths(const Choice& choice, std::size_t room) {
    std::vector<std::size_t> widths(choice.entries.empty() ? choice.titles.size()
                                                           : choice.entries.front().size());
    auto widen = [&](const std::vector<std::string>& cells) {
        for (std::size_t i = 0; i < std::min(cells.size(), widths.size()); ++i)
            widths[i] = std::max(widths[i], display_width(cells[i]));
    };
    widen(choice.titles);
    for (const auto& cells : choice.entries) widen(cells);
    return share_columns(std::move(widths), room, gap);
}

std::string line_of(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths,
                    const Look& look) {
    std::string line;
    for (std::size_t i = 0; i < cells.size() && widths[i] > 0; ++i)
        line += fitted(for_terminal(cells[i], look.utf8), widths[i], look.ellipsis()) + std::string(gap, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
}

std::string mark_of(const Choice& choice, std::size_t entry, bool chosen, const Look& look) {
    std::string mark(chosen ? look.pointer() : "  ");
    return choice.numbered ? mark + std::to_string(entry + 1) + ". " : mark;
}

void append_entries(Rows& rows, const Choice& choice, ListPicker& picker, std::size_t count,
                    const std::vector<std::size_t>& widths, const Look& look) {
    if (picker.matching() == 0 && count > 0)
        return rows.push_back(
            {choice.entries.empty() ? "  nothing here" : "  nothing matches", Style::faint});
    for (std::size_t entry : picker.in_sight(count)) {
        bool chosen = entry == picker.chosen();
        rows.push_back({mark_of(choice, entry, chosen, look) + line_of(choice.entries[entry], widths, look),
                        chosen ? Style::chosen : Style::plain});
    }
}

std::string footer_of(const Choice& choice, const ListPicker& picker, std::size_t in_sight,
                      const Look& look) {
    std::string divider(look.divider());
    std::string text = "Enter " + choice.act + divider + "Esc back";
    if (picker.filters())
        text += divider + std::to_string(picker.matching()) + "/" + std::to_string(choice.entries.size()) +
                divider + "type to filter";
    else if (picker.matching() > in_sight)
        text += divider + std::to_string(picker.matching()) + " lines";
    return text;
}

// A prompt and what is typed behind it; says where the cursor is.
Row typed_row(const std::string& prompt, const LineEditor& editor, ScreenSize size, const Look& look,
              std::size_t& cursor) {
    std::string shown = clipped(prompt, size.columns / 2, "");
    LineEditor::View view = editor.view(size.columns - display_width(shown));
    cursor = display_width(shown) + view.cursor;
    return {shown + for_terminal(view.text, look.utf8)};
}

bool fits(const std::vector<Rows>& blocks, ScreenSize size) {
    std::size_t rows = 0;
    for (const Rows& block : blocks) rows += block.size();
    return rows <= size.rows;
}

Frame frame_of(const std::vector<Rows>& blocks, ScreenSize size) {
    Frame frame;
    for (const Rows& block : blocks) append(frame.rows, block, size.rows - frame.rows.size());
    return frame;
}

}  // namespace

Frame choice_frame(const Choice& choice, ListPicker& picker, const std::optional<Row>& message,
                   ScreenSize size, const Look& look) {
    Rows above = message_rows(message, size, look);
    Rows question = wrapped_rows(choice.question, Style::strong, size, look);
    PickerRows share = share_rows({.message = above.size(),
                                   .question = question.size(),
                                   .filter = std::size_t{picker.filters()},
                                   .titles = std::size_t{!choice.titles.empty()},
                                   .entries = std::max<std::size_t>(picker.matching(), 1)},
                                  size.rows);
    std::size_t room = size.columns - std::min(size.columns, pointer_width);
    std::vector<std::size_t> widths = column_widths(choice, room);
    Frame frame;
    append(frame.rows, above, share.message);
    append(frame.rows, question, share.question);
    if (share.filter > 0) {
        frame.cursor = {frame.rows.size(), 0};
        frame.rows.push_back(typed_row("Filter: ", picker.filter(), size, look, frame.cursor->column));
    }
    if (share.titles > 0) frame.rows.push_back({"  " + line_of(choice.titles, widths, look), Style::faint});
    append_entries(frame.rows, choice, picker, share.entries, widths, look);
    if (share.footer > 0)
        frame.rows.push_back({footer_of(choice, picker, share.entries, look), Style::faint});
    return frame;
}

Frame question_frame(const Question& question, const LineEditor& answer, const std::optional<Row>& message,
                     ScreenSize size, const Look& look) {
    Rows above = message_rows(message, size, look);
    Rows asked = wrapped_rows(question.text, Style::strong, size, look);
    PickerRows share =
        share_rows({.message = above.size(), .question = asked.size(), .entries = 1}, size.rows);
    Frame frame;
    append(frame.rows, above, share.message);
    append(frame.rows, asked, share.question);
    frame.cursor = {frame.rows.size(), 0};
    Row typed = typed_row(std::string(look.pointer()), answer, size, look, frame.cursor->column);
    if (answer.text().empty())
        typed = {typed.text + for_terminal(question.fallback, look.utf8), Style::faint};
    frame.rows.push_back(std::move(typed));
    if (share.footer > 0)
        frame.rows.push_back({"Enter go on" + std::string(look.divider()) + "Esc back", Style::faint});
    return frame;
}

Frame secret_frame(const std::string& heading, const std::string& secret, const std::string& note,
                   ScreenSize size, const Look& look) {
    Rows head = wrapped_rows(heading, Style::good, size, look);
    Rows token = wrapped_rows(secret, Style::strong, size, look);
    Rows foot = wrapped_rows(note, Style::plain, size, look);
    Rows empty{Row{}};
    for (const std::vector<Rows>& blocks :
         {std::vector<Rows>{head, empty, token, empty, foot}, {head, token, foot}, {token, foot}})
        if (fits(blocks, size)) return frame_of(blocks, size);
    return frame_of({token}, size);
}

}  // namespace aihub::cli
