// A terminal while a program draws on all of it: keys come one by one, on the alternate screen. Its owner is
// the thread that reads the keys; there is one at a time in a process.
//
// Whatever ends the program, the terminal is as it was before: the destructor sees to it, and for SIGINT,
// SIGTERM, SIGHUP and SIGQUIT a handler, after which the signal ends the program as ever. Ctrl-Z gives the
// terminal back and takes it again on return. What was on the screen is erased before it is given back, row
// by row, so that nothing of it reaches the scrollback of a terminal without an alternate screen.
#pragma once

#include <signal.h>
#include <termios.h>

#include "shared/base/result.hpp"

namespace aihub::cli {

class TerminalMode {
public:
    enum class Event { input, nothing, changed };

    // The descriptors are terminals, and stay open. no_terminal when they are none.
    static Result<void> check(int in, int out);
    TerminalMode(int in, int out);
    ~TerminalMode();
    TerminalMode(const TerminalMode&) = delete;
    TerminalMode& operator=(const TerminalMode&) = delete;

    // Until there is input; nothing after so many milliseconds (-1: never); changed when the window has
    // another size or the program was stopped and goes on: all has to be drawn anew.
    Event wait(int milliseconds);

    // Not while the program is in the background: then the terminal is not to be written to.
    bool is_drawing() const;

    // The terminal is gone: ends the program as SIGHUP does, which is also for who ignores SIGHUP.
    [[noreturn]] static void hang_up();

private:
    sigset_t mask_before_{};   // of signals, outside of wait()
    sigset_t mask_waiting_{};  // and inside
};

}  // namespace aihub::cli
