// The terminal that somebody sits at, taken over as a whole: frames are drawn on it, keys are read from it.
// It is /dev/tty, so that stdin and stdout may be anything; without one, stdin and stderr. One thread; see
// terminal_mode.hpp for what happens at a signal.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/cli/keys.hpp"
#include "shared/cli/look.hpp"
#include "shared/cli/terminal_mode.hpp"

namespace aihub::cli {

struct ScreenSize {
    std::size_t columns = 80;
    std::size_t rows = 24;
};

enum class Style { plain, strong, faint, chosen, good, bad };

struct Row {
    std::string text;  // fit for a terminal; cut off at the edge of the screen
    Style style = Style::plain;
};

struct Frame {
    std::vector<Row> rows;
    struct Cursor {
        std::size_t row;
        std::size_t column;
    };
    std::optional<Cursor> cursor;  // none: hidden
};

class Terminal {
public:
    // no_terminal when nobody sits at one.
    static Result<std::unique_ptr<Terminal>> open(const Look& look);
    Terminal(int in, int out, const Look& look, std::vector<int> owned);
    ~Terminal();
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    ScreenSize size() const;
    const Look& look() const { return look_; }
    void draw(const Frame& frame);
    // Waits. KeyKind::redraw when the frame has to be made anew. Ends the program when the terminal is gone.
    Key read_key();
    // What was typed before does not count: for what must be seen before a key takes it away.
    void forget_typed();

private:
    void read_some();

    int in_;
    int out_;
    Look look_;
    std::vector<int> owned_;  // descriptors to be closed
    std::unique_ptr<TerminalMode> mode_;
    KeyDecoder decoder_;
    std::vector<std::string> drawn_;  // what stands in each row, as it was written
};

}  // namespace aihub::cli
