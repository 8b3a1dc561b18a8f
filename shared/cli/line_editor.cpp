#include "shared/cli/line_editor.hpp"

#include "shared/cli/utf8.hpp"

namespace aihub::cli {
namespace {

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

}  // namespace

void LineEditor::clear() {
    text_.clear();
    cursor_ = 0;
}

void LineEditor::insert(std::string_view text) {
    text_.insert(cursor_, text);
    cursor_ += text.size();
}

void LineEditor::erase(std::size_t from, std::size_t to) {
    text_.erase(from, to - from);
    cursor_ = from;
}

std::size_t LineEditor::left_of_cursor() const {
    std::size_t at = cursor_;
    while (at > 0 && is_continuation(text_[--at])) continue;
    return at;
}

std::size_t LineEditor::right_of_cursor() const {
    std::size_t at = cursor_;
    while (at < text_.size() && is_continuation(text_[++at])) continue;
    return at;
}

std::size_t LineEditor::word_start() const {
    std::size_t end = text_.find_last_not_of(' ', cursor_ == 0 ? 0 : cursor_ - 1);
    if (cursor_ == 0 || end == std::string::npos) return 0;
    std::size_t blank = text_.rfind(' ', end);
    return blank == std::string::npos ? 0 : blank + 1;
}

bool LineEditor::press(const Key& key) {
    switch (key.kind) {
        case KeyKind::text:
        case KeyKind::paste:
            return insert(key.text), true;
        case KeyKind::backspace:
            return erase(left_of_cursor(), cursor_), true;
        case KeyKind::remove:
            return erase(cursor_, right_of_cursor()), true;
        case KeyKind::erase_line:
            return clear(), true;
        case KeyKind::erase_word:
            return erase(word_start(), cursor_), true;
        case KeyKind::left:
            return cursor_ = left_of_cursor(), true;
        case KeyKind::right:
            return cursor_ = right_of_cursor(), true;
        case KeyKind::home:
            return cursor_ = 0, true;
        case KeyKind::end:
            return cursor_ = text_.size(), true;
        default:
            return false;
    }
}

LineEditor::View LineEditor::view(std::size_t width) const {
    if (width == 0) return {"", 0};
    std::string_view shown = text_;
    std::size_t cursor = display_width(before_cursor());
    while (cursor >= width) {  // the cursor has a column of its own
        CodePoint point = first_code_point(shown);
        cursor -= display_width(shown.substr(0, point.length));
        shown.remove_prefix(point.length);
    }
    return {clipped(shown, width, ""), cursor};
}

}  // namespace aihub::cli
