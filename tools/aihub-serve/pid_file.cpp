#include "tools/aihub-serve/pid_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

namespace aihub::serve {
namespace {

using Json = nlohmann::ordered_json;

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
    return running;
}

}  // namespace

std::string pid_path(const std::string& state_folder) {
    return state_folder + "/aihub-serve.pid";
}

Result<PidFile> PidFile::acquire(const std::string& state_folder) {
    std::string path = pid_path(state_folder);
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!fd)
        return Error(ErrorCode::io, "cannot write " + path + ": " + std::strerror(errno),
                     "make the folder writable, or name another with --state-dir");
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        std::optional<Running> other = parse(read_file(path).value_or(std::string()));
        std::string who = other ? " (process " + std::to_string(other->process) + ")" : std::string();
        return Error(ErrorCode::conflict, "a gateway is already running" + who + " from " + state_folder,
                     "stop it with `aihub-serve stop`, or give this one another --state-dir");
    }
    return PidFile(std::move(path), std::move(fd));
}

// In place: a rename would leave the lock on a file that nobody sees.
Result<void> PidFile::write(const Running& running) {
    Json json = {{"pid", running.process},     {"addresses", running.addresses},
                 {"tls", running.tls},         {"started", running.started},
                 {"reloads", running.reloads}, {"reload_error", running.reload_error}};
    std::string text = json.dump() + "\n";
    bool written = ::ftruncate(fd_.get(), 0) == 0 &&
                   ::pwrite(fd_.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
    if (!written) return Error(ErrorCode::io, "cannot write " + path_ + ": " + std::strerror(errno));
    return {};
}

PidFile::~PidFile() {
    if (fd_) ::unlink(path_.c_str());
}

std::optional<Running> find_running(const std::string& state_folder) {
    std::string path = pid_path(state_folder);
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd || ::flock(fd.get(), LOCK_SH | LOCK_NB) == 0) return std::nullopt;
    return parse(read_file(path).value_or(std::string()));
}

}  // namespace aihub::serve
