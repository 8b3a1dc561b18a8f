#include "shared/cli/terminal_mode.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace aihub::cli {
namespace {

// Alternate screen, pastes in brackets, no cursor.
constexpr std::string_view begin_drawing = "\x1b[?1049h\x1b[?2004h\x1b[?25l";
// From the last cell back to the first: terminals keep what is erased in the other direction, or all at once.
constexpr std::string_view end_drawing = "\x1b[m\x1b[999;999H\x1b[1J\x1b[H\x1b[?2004l\x1b[?25h\x1b[?1049l";

constexpr std::array ending_signals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
constexpr std::array drawing_signals = {SIGWINCH, SIGCONT, SIGTSTP};

// Handlers reach nothing but globals. Written before the handlers are set.
struct Taken {
    int in = -1;
    int out = -1;
    termios before{};
    termios drawing{};
};
Taken taken;
volatile sig_atomic_t drawing = 0;
volatile sig_atomic_t has_changed = 0;
std::array<struct sigaction, ending_signals.size()> ending_before;
std::array<struct sigaction, drawing_signals.size()> drawing_before;

// A terminal that takes nothing more for this long must not keep the program from ending.
constexpr int patience_milliseconds = 300;

void say(std::string_view text) {
    int flags = ::fcntl(taken.out, F_GETFL);
    ::fcntl(taken.out, F_SETFL, flags | O_NONBLOCK);
    pollfd room{taken.out, POLLOUT, 0};
    while (!text.empty() && ::poll(&room, 1, patience_milliseconds) > 0) {
        ssize_t written = ::write(taken.out, text.data(), text.size());
        if (written <= 0) break;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    ::fcntl(taken.out, F_SETFL, flags);
}

// Where the terminal does not control this process there is no background.
bool in_foreground() {
    pid_t group = ::tcgetpgrp(taken.in);
    return group < 0 || group == ::getpgrp();
}

// In the background the terminal is somebody else's; wait() sees to it that it is taken later.
void take_terminal() {
    if (!in_foreground()) return;
    ::tcsetattr(taken.in, TCSANOW, &taken.drawing);
    if (!drawing) say(begin_drawing);
    drawing = 1;
    has_changed = 1;
}

// Stops like any job that wants the terminal of another one. In a group that no shell looks after nobody
// would let it go on: there the kernel refuses instead.
void await_foreground() {
    while (!in_foreground())
        if (::tcdrain(taken.in) != 0 && errno != EINTR) TerminalMode::hang_up();
}

void give_back_terminal() {
    if (!drawing) return;
    say(end_drawing);
    drawing = 0;
    ::tcsetattr(taken.in, TCSANOW, &taken.before);
}

void set_default(int signal) {
    struct sigaction action{};
    action.sa_handler = SIG_DFL;
    ::sigaction(signal, &action, nullptr);
}

void let_through(int signal) {
    sigset_t only;
    ::sigemptyset(&only);
    ::sigaddset(&only, signal);
    ::sigprocmask(SIG_UNBLOCK, &only, nullptr);
}

void on_ending(int signal) {
    give_back_terminal();
    set_default(signal);
    ::raise(signal);  // waits until this handler has returned
}

void on_stop(int signal) {
    int error = errno;
    give_back_terminal();
    struct sigaction ours{};
    ::sigaction(signal, nullptr, &ours);
    set_default(signal);
    ::raise(signal);
    let_through(signal);  // stopped here, until somebody lets the program go on
    ::sigaction(signal, &ours, nullptr);
    take_terminal();
    errno = error;
}

void on_going_on(int) {
    int error = errno;
    take_terminal();
    errno = error;
}

void on_other_size(int) {
    has_changed = 1;
}

void set_handler(int signal, void (*handler)(int), struct sigaction& before) {
    struct sigaction action{};
    action.sa_handler = handler;
    ::sigfillset(&action.sa_mask);
    ::sigaction(signal, nullptr, &before);
    if (before.sa_handler != SIG_IGN) ::sigaction(signal, &action, nullptr);
}

void set_handlers() {
    for (std::size_t i = 0; i < ending_signals.size(); ++i)
        set_handler(ending_signals[i], on_ending, ending_before[i]);
    set_handler(SIGWINCH, on_other_size, drawing_before[0]);
    set_handler(SIGCONT, on_going_on, drawing_before[1]);
    set_handler(SIGTSTP, on_stop, drawing_before[2]);
}

void set_handlers_back() {
    for (std::size_t i = 0; i < ending_signals.size(); ++i)
        ::sigaction(ending_signals[i], &ending_before[i], nullptr);
    for (std::size_t i = 0; i < drawing_signals.size(); ++i)
        ::sigaction(drawing_signals[i], &drawing_before[i], nullptr);
}

// Keys at once and unseen; Ctrl-C, Ctrl-\ and Ctrl-Z stay signals, Ctrl-S and Ctrl-Q are keys like others.
termios for_drawing(termios mode) {
    mode.c_iflag &= ~static_cast<tcflag_t>(ICRNL | INLCR | IGNCR | ISTRIP | IXON);
    mode.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | IEXTEN);
    mode.c_lflag |= ISIG;
    mode.c_cc[VMIN] = 1;
    mode.c_cc[VTIME] = 0;
    return mode;
}

}  // namespace

Result<void> TerminalMode::check(int in, int out) {
    termios mode{};
    if (::tcgetattr(in, &mode) == 0 && ::isatty(out) == 1) return {};
    return Error(ErrorCode::no_terminal, std::string("cannot use the terminal: ") + std::strerror(errno));
}

TerminalMode::TerminalMode(int in, int out) {
    taken.in = in;
    taken.out = out;
    await_foreground();  // before that, the modes are those of a shell that is being typed into
    ::tcgetattr(in, &taken.before);
    taken.drawing = for_drawing(taken.before);
    sigset_t held;
    ::sigemptyset(&held);
    for (int signal : drawing_signals) ::sigaddset(&held, signal);
    ::sigprocmask(SIG_BLOCK, &held, &mask_before_);
    mask_waiting_ = mask_before_;
    for (int signal : drawing_signals) ::sigdelset(&mask_waiting_, signal);
    set_handlers();
    take_terminal();
}

TerminalMode::~TerminalMode() {
    set_handlers_back();
    give_back_terminal();
    ::sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
}

TerminalMode::Event TerminalMode::wait(int milliseconds) {
    if (!drawing) await_foreground(), take_terminal();
    if (has_changed) return has_changed = 0, Event::changed;
    timespec limit{milliseconds / 1000, milliseconds % 1000 * 1'000'000L};
    pollfd input{taken.in, POLLIN, 0};
    int ready = ::ppoll(&input, 1, milliseconds < 0 ? nullptr : &limit, &mask_waiting_);
    if (has_changed) return has_changed = 0, Event::changed;
    return ready > 0 ? Event::input : Event::nothing;
}

bool TerminalMode::is_drawing() const {
    return drawing != 0;
}

void TerminalMode::hang_up() {
    give_back_terminal();
    set_default(SIGHUP);
    let_through(SIGHUP);
    ::raise(SIGHUP);
    std::_Exit(128 + SIGHUP);
}

}  // namespace aihub::cli
