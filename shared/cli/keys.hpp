// Keys out of the bytes that a terminal sends. Pure state, no clock: whoever reads the terminal says when the
// rest of a sequence will not come any more. One thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aihub::cli {

enum class KeyKind {
    text,   // one character
    paste,  // a piece of what was pasted; line ends and tabs are blanks, other control characters are gone
    enter,
    escape,
    tab,
    backspace,
    remove,  // the Delete key
    up,
    down,
    left,
    right,
    home,
    end,
    page_up,
    page_down,
    erase_line,    // Ctrl-U
    erase_word,    // Ctrl-W
    end_of_input,  // Ctrl-D
    redraw,        // Ctrl-L, the window has another size, or the program was stopped and goes on
    unknown,       // a key without a meaning here
};

struct Key {
    KeyKind kind = KeyKind::unknown;
    std::string text = {};  // of text and paste, UTF-8

    bool operator==(const Key&) const = default;
    bool is(std::string_view character) const { return kind == KeyKind::text && text == character; }
};

class KeyDecoder {
public:
    void feed(std::string_view bytes) { bytes_.append(bytes); }
    // Nothing when there are no more bytes, or too few: see is_waiting().
    std::optional<Key> next();
    // What has come may be the beginning of a longer sequence, or the Escape key. Not so inside of a paste,
    // which ends where the terminal says so, and not after a while.
    bool is_waiting() const { return !bytes_.empty() && !pasting_; }
    // The rest will not come: what is there stands for itself.
    void give_up() { complete_ = true; }
    void forget();

private:
    struct Step {
        std::size_t length = 0;  // 0: needs more bytes
        Key key = {};
    };
    Step step() const;
    Step character() const;
    Step escape_sequence() const;
    Step control_sequence() const;
    Step unfinished() const;
    std::optional<Key> pasted();

    std::string bytes_;
    bool complete_ = false;
    bool pasting_ = false;
};

}  // namespace aihub::cli
