// STATE/aihub-serve.pid: which process serves from this state directory, where it listens, and how its last
// reload went. The running gateway holds a lock on it, so a file that a crash left behind is never mistaken
// for a process.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/base/files.hpp"

namespace aihub::serve {

struct Running {
    int process = 0;
    std::vector<std::string> addresses;  // "127.0.0.1:8080"
    std::string started;                 // UTC
    bool tls = false;
    std::int64_t reloads = 0;   // how many were tried
    std::string reload_error;   // of the last one; empty: it went well
    std::string needs_restart;  // settings that the last one left as they were: "auth, base_path"
};

std::string pid_path(const std::string& state_folder);

// Owned by the process that serves.
class PidFile {
public:
    // conflict when another gateway serves from this state directory. Waits a moment for those who only look.
    static Result<PidFile> acquire(const std::string& state_folder);
    // The lock of a gateway that hands over: it is on the open file, which we then share.
    static PidFile inherited(const std::string& state_folder, UniqueFd fd);
    int descriptor() const { return fd_.get(); }
    // The file and its lock are another's from now on.
    void hand_over() { fd_.reset(); }
    Result<void> write(const Running& running);
    ~PidFile();
    PidFile(PidFile&&) = default;
    PidFile& operator=(PidFile&&) = default;

private:
    PidFile(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
    std::string path_;
    UniqueFd fd_;
};

// The gateway that serves from this state directory now, if one does. Waits a moment for one that is writing.
std::optional<Running> find_running(const std::string& state_folder);

}  // namespace aihub::serve
