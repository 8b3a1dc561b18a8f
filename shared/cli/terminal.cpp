#include "shared/cli/terminal.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "shared/cli/utf8.hpp"

namespace aihub::cli {
namespace {

// A sequence of one key comes in one piece, or at most this late; Escape alone is known after that.
constexpr int sequence_milliseconds = 100;

std::string_view sequence_of(Style style, bool colour) {
    switch (style) {
        case Style::plain:
            return "";
        case Style::strong:
            return "\x1b[1m";
        case Style::faint:
            return colour ? "\x1b[2m" : "";
        case Style::chosen:
            return "\x1b[7m";
        case Style::good:
            return colour ? "\x1b[32m" : "";
        case Style::bad:
            return colour ? "\x1b[31m" : "\x1b[1m";
    }
    return "";
}

std::string move_to(std::size_t row, std::size_t column) {
    return "\x1b[" + std::to_string(row + 1) + ";" + std::to_string(column + 1) + "H";
}

// Erased first: a text that ends at the edge would lose its last character to an erasure behind it.
std::string drawn_row(const Row& row, std::size_t columns, bool colour) {
    std::string_view style = sequence_of(row.style, colour);
    std::string text = "\x1b[K" + std::string(style) + clipped(row.text, columns, "");
    return style.empty() ? text : text + "\x1b[m";
}

void write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return;  // the terminal is gone: the next read tells
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace

Result<std::unique_ptr<Terminal>> Terminal::open(const Look& look) {
    int own = ::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    int in = own >= 0 ? own : STDIN_FILENO;
    int out = own >= 0 ? own : STDERR_FILENO;
    std::vector<int> owned;
    if (own >= 0) owned.push_back(own);
    Result<void> usable = TerminalMode::check(in, out);
    if (usable) return std::make_unique<Terminal>(in, out, look, std::move(owned));
    for (int fd : owned) ::close(fd);
    return usable.error();
}

Terminal::Terminal(int in, int out, const Look& look, std::vector<int> owned)
    : in_(in),
      out_(out),
      look_(look),
      owned_(std::move(owned)),
      mode_(std::make_unique<TerminalMode>(in, out)) {}

Terminal::~Terminal() {
    mode_.reset();
    for (int fd : owned_) ::close(fd);
}

ScreenSize Terminal::size() const {
    winsize window{};
    if (::ioctl(out_, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_row == 0) return {};
    return {window.ws_col, window.ws_row};
}

// Only rows that changed are written: a slow line shows no flicker.
void Terminal::draw(const Frame& frame) {
    if (!mode_->is_drawing()) return drawn_.clear();
    ScreenSize screen = size();
    std::string text = "\x1b[?25l";
    drawn_.resize(screen.rows);
    for (std::size_t i = 0; i < screen.rows; ++i) {
        std::string row =
            drawn_row(i < frame.rows.size() ? frame.rows[i] : Row{}, screen.columns, look_.colour);
        if (row == drawn_[i]) continue;
        text += move_to(i, 0) + row;
        drawn_[i] = std::move(row);
    }
    if (frame.cursor) text += move_to(frame.cursor->row, frame.cursor->column) + "\x1b[?25h";
    write_all(out_, text);
}

void Terminal::read_some() {
    std::array<char, 512> piece;
    ssize_t count = ::read(in_, piece.data(), piece.size());
    if (count > 0) return decoder_.feed({piece.data(), static_cast<std::size_t>(count)});
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    TerminalMode::hang_up();
}

Key Terminal::read_key() {
    while (true) {
        if (std::optional<Key> key = decoder_.next()) {
            if (key->kind == KeyKind::redraw) drawn_.clear();
            return *key;
        }
        bool waiting = decoder_.is_waiting();
        TerminalMode::Event event = mode_->wait(waiting ? sequence_milliseconds : -1);
        if (event == TerminalMode::Event::changed) return drawn_.clear(), Key{KeyKind::redraw};
        if (event == TerminalMode::Event::input)
            read_some();
        else if (waiting)
            decoder_.give_up();
    }
}

void Terminal::forget_typed() {
    ::tcflush(in_, TCIFLUSH);
    decoder_.forget();
}

}  // namespace aihub::cli
