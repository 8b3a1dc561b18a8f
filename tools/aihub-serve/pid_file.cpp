#include "tools/aihub-serve/pid_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>
#include <thread>

namespace aihub::serve {
namespace {

using Json = nlohmann::ordered_json;

constexpr int tries = 20;  // 200 ms: who looks holds the lock for microseconds, who writes is done as soon
constexpr std::chrono::milliseconds between_tries{10};

std::optional<Running> parse(const std::string& text) {
    Json json = Json::parse(text, nullptr, false);
    if (!json.is_object() || !json.contains("pid") || !json["pid"].is_number_integer()) return std::nullopt;
    Running running;
    running.process = json["pid"].get<int>();
    running.addresses = json.value("addresses", std::vector<std::string>());
    running.started = json.value("started", std::string());
    running.tls = json.value("tls", false);
    running.reloads = json.value("reloads", std::int64_t{0});
    running.reload_error = json.value("reload_error", std::string());
    running.needs_restart = json.value("needs_restart", std::string());
    return running;
}

// What the path names now: a gateway that ended has removed the file that it had locked.
bool is_at(int fd, const std::string& path) {
    struct stat held{};
    struct stat named{};
    return ::fstat(fd, &held) == 0 && ::stat(path.c_str(), &named) == 0 && held.st_ino == named.st_ino &&
           held.st_dev == named.st_dev;
}

Error is_running(const std::string& state_folder) {
    std::optional<Running> other = parse(read_file(pid_path(state_folder)).value_or(std::string()));
    std::string who = other ? " (process " + std::to_string(other->process) + ")" : std::string();
    return Error(ErrorCode::conflict, "a gateway is already running" + who + " from " + state_folder,
                 "stop it with `aihub-serve stop`, or give this one another --state-dir");
}

}  // namespace

std::string pid_path(const std::string& state_folder) {
    return state_folder + "/aihub-serve.pid";
}

Result<PidFile> PidFile::acquire(const std::string& state_folder) {
    std::string path = pid_path(state_folder);
    for (int i = 0; i < tries; ++i) {
        UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
        if (!fd)
            return Error(ErrorCode::io, "cannot write " + path + ": " + std::strerror(errno),
                         "make the folder writable, or name another with --state-dir");
        bool locked = ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0;
        if (locked && is_at(fd.get(), path) && ::ftruncate(fd.get(), 0) == 0)  // what a crash left is no news
            return PidFile(std::move(path), std::move(fd));
        std::this_thread::sleep_for(between_tries);
    }
    return is_running(state_folder);
}

PidFile PidFile::inherited(const std::string& state_folder, UniqueFd fd) {
    return PidFile(pid_path(state_folder), std::move(fd));
}

// In place: a rename would leave the lock on a file that nobody sees. The new text first, then the end of an
// older, longer one: a reader sees old, new, or something that is no JSON, never an empty file.
Result<void> PidFile::write(const Running& running) {
    Json json = {{"pid", running.process},
                 {"addresses", running.addresses},
                 {"tls", running.tls},
                 {"started", running.started},
                 {"reloads", running.reloads},
                 {"reload_error", running.reload_error},
                 {"needs_restart", running.needs_restart}};
    std::string text = json.dump() + "\n";
    auto size = static_cast<ssize_t>(text.size());
    bool written =
        ::pwrite(fd_.get(), text.data(), text.size(), 0) == size && ::ftruncate(fd_.get(), size) == 0;
    if (!written) return Error(ErrorCode::io, "cannot write " + path_ + ": " + std::strerror(errno));
    return {};
}

PidFile::~PidFile() {
    if (fd_) ::unlink(path_.c_str());
}

std::optional<Running> find_running(const std::string& state_folder) {
    std::string path = pid_path(state_folder);
    for (int i = 0; i < tries; ++i) {
        UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!fd || ::flock(fd.get(), LOCK_SH | LOCK_NB) == 0) return std::nullopt;
        if (std::optional<Running> running = parse(read_file(path).value_or(std::string()))) return running;
        fd.reset();
        std::this_thread::sleep_for(between_tries);
    }
    return std::nullopt;
}

}  // namespace aihub::serve
