// status, stop, reload, start, restart: for people without systemd. The running gateway is found by its state
// directory.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <functional>
#include <thread>

#include "shared/base/files.hpp"
#include "shared/http/client.hpp"
#include "tools/aihub-serve/commands.hpp"
#include "tools/aihub-serve/pid_file.hpp"

extern char** environ;

namespace aihub::serve {
namespace {

using namespace std::chrono_literals;

Result<std::string> state_folder(const cli::Tool& tool) {
    Result<config::Configuration> configuration = tool.configuration();
    if (!configuration) return configuration.error();
    return configuration->settings.text("state_dir");
}

Error not_running(const std::string& folder) {
    return Error(ErrorCode::not_found, "no gateway is running from " + folder,
                 "start one with `aihub-serve start`");
}

bool wait_until(std::chrono::milliseconds longest, const std::function<bool()>& holds) {
    auto end = std::chrono::steady_clock::now() + longest;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(20ms);
    }
    return true;
}

std::vector<std::string> urls_of(const Running& running) {
    std::vector<std::string> urls;
    for (const std::string& address : running.addresses)
        urls.push_back((running.tls ? "https://" : "http://") + address);
    return urls;
}

// What the gateway says of itself; a wildcard address is asked on loopback.
std::string health_of(const Running& running) {
    std::string address = urls_of(running).front();
    if (std::size_t at = address.find("//0.0.0.0:"); at != std::string::npos)
        address.replace(at, 10, "//127.0.0.1:");
    if (std::size_t at = address.find("//[::]:"); at != std::string::npos) address.replace(at, 7, "//[::1]:");
    Result<http::Url> url = http::parse_url(address);
    if (!url) return {};
    http::ClientRequest request;
    request.base = *url;
    request.path = "/health";
    request.verify_tls = false;  // we ask ourselves
    Result<http::ClientReply> reply = http::get(request);
    return reply ? reply->body : std::string();
}

Result<void> status(const cli::Tool& tool, cli::Output& out) {
    Result<std::string> folder = state_folder(tool);
    if (!folder) return folder.error();
    std::optional<Running> running = find_running(*folder);
    if (!running || running->addresses.empty()) return not_running(*folder);
    std::string health = health_of(*running);
    cli::Record record;
    record.schema = "aihub.status/1";
    auto add = [&record](std::string name, cli::Cell cell) {
        record.fields.emplace_back(std::move(name), std::move(cell));
    };
    add("process", cli::Cell::number(running->process));
    add("urls", cli::Cell::list(urls_of(*running)));
    add("started", running->started);
    add("state_dir", *folder);
    add("reloads", cli::Cell::number(running->reloads));
    if (!running->reload_error.empty()) add("reload_error", running->reload_error);
    if (!running->needs_restart.empty()) add("needs_restart", running->needs_restart);
    add("health", health.empty() ? std::string("does not answer") : health);
    out.print(record);
    if (health.empty())
        return Error(ErrorCode::unavailable,
                     "the gateway (process " + std::to_string(running->process) + ") does not answer");
    return {};
}

Result<void> stop(const cli::Tool& tool, cli::Output& out, bool must_run) {
    Result<config::Configuration> configuration = tool.configuration();
    if (!configuration) return configuration.error();
    const std::string& folder = configuration->settings.text("state_dir");
    std::optional<Running> running = find_running(folder);
    if (!running && !must_run) return {};
    if (!running) return not_running(folder);
    if (::kill(running->process, SIGTERM) != 0)
        return Error(ErrorCode::io,
                     "cannot stop process " + std::to_string(running->process) + ": " + std::strerror(errno));
    auto patience = configuration->settings.duration("drain") + 5s;
    if (!wait_until(patience, [&] { return !find_running(folder); }))
        return Error(ErrorCode::busy, "process " + std::to_string(running->process) + " still runs",
                     "send it a second SIGTERM to drop what it is doing");
    out.note("stopped process " + std::to_string(running->process));
    return {};
}

Result<void> reload(const cli::Tool& tool, cli::Output& out) {
    Result<std::string> folder = state_folder(tool);
    if (!folder) return folder.error();
    std::optional<Running> running = find_running(*folder);
    if (!running) return not_running(*folder);
    std::int64_t before = running->reloads;
    if (::kill(running->process, SIGHUP) != 0)
        return Error(ErrorCode::io, "cannot signal process " + std::to_string(running->process) + ": " +
                                        std::strerror(errno));
    bool done = wait_until(10s, [&] {
        running = find_running(*folder);
        return !running || running->reloads > before;
    });
    if (!running) return not_running(*folder);
    if (!done) return Error(ErrorCode::busy, "the gateway did not say whether it reloaded", "see its log");
    if (!running->reload_error.empty())
        return Error(ErrorCode::invalid_input,
                     "the gateway refused the new settings: " + running->reload_error,
                     "the old ones stay in force");
    out.note("reloaded process " + std::to_string(running->process));
    if (!running->needs_restart.empty())
        out.note("changes of " + running->needs_restart +
                 " take effect at the next start: aihub-serve restart");
    return {};
}

// The same program with the same flags, in a session of its own, its output in a file.
Result<int> spawn_gateway(const cli::Tool& tool, const std::string& output) {
    std::vector<std::string> words = {"aihub-serve"};
    for (const auto& [flag, value] : tool.flags()) {
        bool bare = value == "on" && flag != "--auth";  // a switch: it takes no value
        words.push_back(bare ? flag : flag + "=" + value);
    }
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                       0640);
    ::posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    pid_t process = 0;
    int failed = ::posix_spawn(&process, "/proc/self/exe", &files, &attributes, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
    if (failed != 0)
        return Error(ErrorCode::io, std::string("cannot start the gateway: ") + std::strerror(failed));
    return static_cast<int>(process);
}

Result<void> start(const cli::Tool& tool, cli::Output& out) {
    Result<std::string> folder = state_folder(tool);
    if (!folder) return folder.error();
    if (std::optional<Running> running = find_running(*folder)) {
        out.note("already running: process " + std::to_string(running->process));
        return {};
    }
    if (Result<void> made = make_folders(*folder, 0700); !made) return made;
    std::string output = *folder + "/aihub-serve.out";
    Result<int> process = spawn_gateway(tool, output);
    if (!process) return process.error();
    std::optional<Running> running;
    wait_until(15s, [&] {
        bool ended = ::waitpid(*process, nullptr, WNOHANG) == *process;
        running = ended ? std::nullopt : find_running(*folder);
        if (running && running->process != *process) running.reset();  // another one was faster
        return ended || running;
    });
    if (!running) {
        std::string said = read_file(output).value_or(std::string());
        while (!said.empty() && said.back() == '\n') said.pop_back();
        return Error(ErrorCode::unavailable, "the gateway did not start: " + said,
                     "its output is in " + output);
    }
    for (const std::string& url : urls_of(*running)) out.line("listening on " + url);
    return {};
}

}  // namespace

void add_control_commands(cli::Tool& tool) {
    tool.command("status", "the running gateway: process, addresses, health").run([&tool](cli::Output& out) {
        return status(tool, out);
    });
    tool.command("start", "start in the background").run([&tool](cli::Output& out) {
        return start(tool, out);
    });
    tool.command("stop", "stop the running gateway, after its streams have ended")
        .run([&tool](cli::Output& out) { return stop(tool, out, true); });
    tool.command("restart", "stop, then start").run([&tool](cli::Output& out) -> Result<void> {
        Result<void> stopped = stop(tool, out, false);
        if (!stopped) return stopped;
        return start(tool, out);
    });
    tool.command("reload", "read the settings again, without a stop").run([&tool](cli::Output& out) {
        return reload(tool, out);
    });
}

}  // namespace aihub::serve
