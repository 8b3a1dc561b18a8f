#include "tools/aihub-serve/restart.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "tools/aihub-serve/background.hpp"
#include "tools/aihub-serve/handover.hpp"

namespace aihub::serve {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds longest_start{60};
constexpr Milliseconds patience{10'000};
constexpr std::size_t longest_words = 64 * 1024;

const std::set<std::string, std::less<>> flags_of_paths = {
    "--config", "--env-file", "--db", "--state-dir", "--log-file", "--access-log", "--tls-cert", "--tls-key"};

std::string absolute(const std::string& flag, const std::string& value, const std::string& folder) {
    bool is_path = flags_of_paths.contains(flag) && value != "-" && value != "off";
    return is_path ? (std::filesystem::path(folder) / value).string() : value;
}

// The running gateway's own flags, as they read from anywhere, and over them those that were given now.
config::Flags merged(const Json& status, const config::Flags& given, const std::string& state_folder) {
    std::string folder = text_in(status, "folder");
    config::Flags flags;
    if (std::string file = text_in(status, "config"); !file.empty())
        flags["--config"] = absolute("--config", file, folder);
    if (status.contains("flags") && status["flags"].is_object())
        for (const auto& [flag, value] : status["flags"].items())
            if (value.is_string()) flags[flag] = absolute(flag, value.get<std::string>(), folder);
    for (const auto& [flag, value] : given) flags[flag] = value;
    flags["--state-dir"] = state_folder;
    return flags;
}

struct Words {
    std::string text;
    bool complete = false;  // it has closed its end: it ended, or writes where its predecessor wrote
};

Words listen_to(int pipe, Clock::time_point end) {
    Words words;
    std::array<char, 4096> piece{};
    while (words.text.size() < longest_words) {
        auto left = std::chrono::duration_cast<Milliseconds>(end - Clock::now());
        pollfd ready{pipe, POLLIN, 0};
        if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) <= 0) return words;
        ssize_t size = ::read(pipe, piece.data(), piece.size());
        if (size <= 0) {
            words.complete = true;
            return words;
        }
        words.text.append(piece.data(), static_cast<std::size_t>(size));
    }
    return words;
}

Error too_slow(int process) {
    ::kill(process, SIGKILL);
    ::waitpid(process, nullptr, 0);
    return Error(ErrorCode::busy,
                 "the new process was not ready after " + std::to_string(longest_start.count()) + " s",
                 "the old one goes on as before; see its log");
}

Result<Running> outcome(int process, const Words& words, const std::string& state_folder) {
    auto end = Clock::now() + std::chrono::seconds(5);
    for (;;) {
        std::optional<Running> running = find_running(state_folder);
        if (running && running->process == process) {
            std::fputs(words.text.c_str(), stderr);  // warnings, if any
            return *running;
        }
        int status = 0;
        if (::waitpid(process, &status, WNOHANG) == process)
            return failed_start(status, words.text,
                                running ? "process " + std::to_string(running->process) + " goes on as before"
                                        : "start one with `aihub-serve start`");
        if (!words.complete || Clock::now() > end) return too_slow(process);
        ::usleep(10'000);
    }
}

}  // namespace

Result<Running> replace_running(const std::string& state_folder, const config::Flags& given) {
    Result<ControlChannel> channel = reach_running(state_folder);
    if (!channel) return channel.error();
    Result<Json> status = ask_control(*channel, {{"verb", "status"}}, patience);
    if (!status) return status.error();
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return Error(ErrorCode::io, std::string("cannot make a pipe: ") + std::strerror(errno));
    UniqueFd reading(ends[0]);
    UniqueFd writing(ends[1]);
    Result<int> process = spawn_gateway(merged(*status, given, state_folder), true, writing.get());
    if (!process) return process.error();
    writing.reset();
    Words words = listen_to(reading.get(), Clock::now() + longest_start);
    return outcome(*process, words, state_folder);
}

}  // namespace aihub::serve
