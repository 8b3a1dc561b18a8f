// One line of text that is being typed. Pure state; one thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "shared/cli/keys.hpp"

namespace aihub::cli {

class LineEditor {
public:
    // True when the key was one for an editor.
    bool press(const Key& key);

    const std::string& text() const { return text_; }
    std::string_view before_cursor() const { return std::string_view(text_).substr(0, cursor_); }
    void clear();

    // What of the line is seen in `width` columns, and the column of the cursor in it. The end is always seen
    // while one types there.
    struct View {
        std::string text;
        std::size_t cursor;
    };
    View view(std::size_t width) const;

private:
    void insert(std::string_view text);
    void erase(std::size_t from, std::size_t to);
    std::size_t left_of_cursor() const;
    std::size_t right_of_cursor() const;
    std::size_t word_start() const;

    std::string text_;
    std::size_t cursor_ = 0;  // bytes; between characters
};

}  // namespace aihub::cli
