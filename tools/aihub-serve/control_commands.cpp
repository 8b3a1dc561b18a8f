// status, stop, reload, start, restart: for people without systemd. The running gateway is found by its state
// directory.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <functional>
#include <thread>

#include "shared/base/files.hpp"
#include "shared/http/client.hpp"
#include "tools/aihub-serve/background.hpp"
#include "tools/aihub-serve/commands.hpp"
#include "tools/aihub-serve/older.hpp"
#include "tools/aihub-serve/pid_file.hpp"
#include "tools/aihub-serve/restart.hpp"

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

std::string describe(const Older& older) {
    return "process " + std::to_string(older.process) + " finishes " + std::to_string(older.connections) +
           (older.connections == 1 ? " connection" : " connections");
}

std::vector<std::string> describe(const std::vector<Older>& all) {
    std::vector<std::string> lines;
    for (const Older& older : all) lines.push_back(describe(older));
    return lines;
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
    if (std::vector<Older> older = find_older(*folder); !older.empty())
        add("replaced", cli::Cell::list(describe(older)));
    add("health", health.empty() ? std::string("does not answer") : health);
    out.print(record);
    if (health.empty())
        return Error(ErrorCode::unavailable,
                     "the gateway (process " + std::to_string(running->process) + ") does not answer");
    return {};
}

Result<void> tell_to_stop(int process) {
    if (::kill(process, SIGTERM) == 0 || errno == ESRCH) return {};
    return Error(ErrorCode::io,
                 "cannot stop process " + std::to_string(process) + ": " + std::strerror(errno));
}

// Also those that were replaced and still finish what they had.
Result<void> stop(const cli::Tool& tool, cli::Output& out, bool must_run) {
    Result<config::Configuration> configuration = tool.configuration();
    if (!configuration) return configuration.error();
    const std::string& folder = configuration->settings.text("state_dir");
    std::vector<int> processes;
    if (std::optional<Running> running = find_running(folder)) processes.push_back(running->process);
    for (const Older& older : find_older(folder)) processes.push_back(older.process);
    if (processes.empty() && must_run) return not_running(folder);
    for (int process : processes)
        if (Result<void> told = tell_to_stop(process); !told) return told;
    auto patience = configuration->settings.duration("drain") + 5s;
    bool ended = wait_until(patience, [&] { return !find_running(folder) && find_older(folder).empty(); });
    if (!ended)
        return Error(ErrorCode::busy, "process " + std::to_string(processes.front()) + " still runs",
                     "send it a second SIGTERM to drop what it is doing");
    for (int process : processes) out.note("stopped process " + std::to_string(process));
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

Result<void> start(const cli::Tool& tool, cli::Output& out) {
    Result<std::string> folder = state_folder(tool);
    if (!folder) return folder.error();
    if (std::optional<Running> running = find_running(*folder)) {
        out.note("already running: process " + std::to_string(running->process));
        return {};
    }
    if (Result<void> made = make_folders(*folder, 0700); !made) return made;
    std::string output = *folder + "/aihub-serve.out";
    UniqueFd file(::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0640));
    if (!file) return Error(ErrorCode::io, "cannot write " + output + ": " + std::strerror(errno));
    Result<int> process = spawn_gateway(tool.flags(), false, file.get());
    if (!process) return process.error();
    std::optional<Running> running;
    int status = 0;
    wait_until(15s, [&] {
        bool ended = ::waitpid(*process, &status, WNOHANG) == *process;
        running = ended ? std::nullopt : find_running(*folder);
        if (running && running->process != *process) running.reset();  // another one was faster
        return ended || running;
    });
    if (!running)
        return failed_start(status, read_file(output).value_or(std::string()), "its output is in " + output);
    for (const std::string& url : urls_of(*running)) out.line("listening on " + url);
    return {};
}

// Without a control socket there is no way to hand over.
Result<void> stop_and_start(const cli::Tool& tool, cli::Output& out) {
    out.note("the running gateway cannot hand over to a new one: it is stopped first");
    Result<void> stopped = stop(tool, out, false);
    if (!stopped) return stopped;
    return start(tool, out);
}

Result<void> restart(const cli::Tool& tool, cli::Output& out) {
    Result<std::string> folder = state_folder(tool);
    if (!folder) return folder.error();
    std::optional<Running> running = find_running(*folder);
    if (!running) return start(tool, out);
    Result<Running> fresh = replace_running(*folder, tool.flags());
    if (!fresh && fresh.error().code == ErrorCode::not_found) return stop_and_start(tool, out);
    if (!fresh) return fresh.error();
    for (const std::string& url : urls_of(*fresh)) out.line("listening on " + url);
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
    tool.command("restart", "replace the running gateway by a new process, without a pause")
        .run([&tool](cli::Output& out) { return restart(tool, out); });
    tool.command("reload", "read the settings again, without a stop").run([&tool](cli::Output& out) {
        return reload(tool, out);
    });
}

}  // namespace aihub::serve
