#include "tools/aihub-keys/patient_input.hpp"

#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <iostream>

#include "shared/base/strings.hpp"
#include "shared/base/units.hpp"

namespace aihub::keys {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Milliseconds until_notice{2000};

Error silent(const std::string& what, const std::string& wait) {
    return Error(ErrorCode::no_terminal, "no " + what + " came on stdin within " + wait,
                 "pipe it in, or wait longer with --wait 1m");
}

// poll() until there is something to read; false when `limit` (nothing: none) has passed.
bool is_ready(std::optional<Milliseconds> limit) {
    Clock::time_point end = Clock::now() + limit.value_or(Milliseconds(0));
    for (;;) {
        auto left = std::chrono::ceil<Milliseconds>(end - Clock::now());
        pollfd input{STDIN_FILENO, POLLIN, 0};
        int ready = ::poll(&input, 1, limit ? static_cast<int>(std::max(left, Milliseconds(0)).count()) : -1);
        if (ready != 0 && !(ready < 0 && errno == EINTR)) return true;  // read() finds out about errors
        if (ready == 0 && limit) return false;
    }
}

// A person who waits is told what for.
bool wait_for_input(const std::string& what, std::optional<Milliseconds> limit) {
    if (limit && *limit <= until_notice + Milliseconds(1000)) return is_ready(limit);
    if (is_ready(until_notice)) return true;
    std::fprintf(stderr, "aihub-keys: waiting for %s on stdin\n", what.c_str());
    return is_ready(limit ? std::optional(*limit - until_notice) : std::nullopt);
}

Error cannot_read() {
    return Error(ErrorCode::io, std::string("cannot read stdin: ") + std::strerror(errno),
                 "pipe something in");
}

Result<std::optional<Milliseconds>> parse_wait(const std::string& text) {
    if (text == "off") return std::optional<Milliseconds>();
    std::optional<Milliseconds> span = parse_duration(text);
    constexpr Milliseconds longest = std::chrono::hours(24);
    if (span && *span <= longest) return span;
    return Error(ErrorCode::invalid_input, "--wait " + printable(text) + ": no time span up to a day",
                 "write 10s, 5m or off");
}

struct termios saved_terminal;

extern "C" void restore_and_die(int number) {
    ::tcsetattr(STDIN_FILENO, TCSANOW, &saved_terminal);
    ::signal(number, SIG_DFL);
    ::raise(number);
}

// While it lives, what is typed is not seen.
class Unseen {
public:
    Unseen() {
        if (::tcgetattr(STDIN_FILENO, &saved_terminal) != 0) return;
        for (int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::signal(number, restore_and_die);
        struct termios quiet = saved_terminal;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        ::tcsetattr(STDIN_FILENO, TCSANOW, &quiet);
        changed_ = true;
    }
    Unseen(const Unseen&) = delete;
    Unseen& operator=(const Unseen&) = delete;
    ~Unseen() {
        if (!changed_) return;
        ::tcsetattr(STDIN_FILENO, TCSANOW, &saved_terminal);
        for (int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::signal(number, SIG_DFL);
    }

private:
    bool changed_ = false;
};

}  // namespace

void add_wait_option(cli::Command& command, std::string& wait) {
    command.option("--wait", "3s|off", wait, "how long stdin may be silent (default: 3s)");
}

Result<std::string> read_stdin(const std::string& what, const std::string& wait, Amount amount,
                               std::size_t most) {
    Result<std::optional<Milliseconds>> limit = parse_wait(wait);
    if (!limit) return limit.error();
    std::string text;
    std::array<char, 16384> piece{};
    while (amount == Amount::everything || text.find('\n') == std::string::npos) {
        if (!wait_for_input(what, *limit)) return silent(what, wait);
        ssize_t length = ::read(STDIN_FILENO, piece.data(), piece.size());
        if (length < 0 && errno == EINTR) continue;
        if (length < 0) return cannot_read();
        if (length == 0) return text;
        text.append(piece.data(), static_cast<std::size_t>(length));
        if (text.size() > most)
            return Error(ErrorCode::invalid_input, "more than " + format_size(most) + " came on stdin",
                         "send " + what + " and nothing else");
    }
    return text;
}

Result<std::string> ask_unseen(const std::string& question) {
    std::fputs(question.c_str(), stderr);
    std::string line;
    {
        Unseen unseen;
        std::getline(std::cin, line);
    }
    std::fputs("\n", stderr);
    return line;
}

}  // namespace aihub::keys
