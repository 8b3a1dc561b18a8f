// Messages between the processes of one state folder, over a Unix socket there that only its user and root
// may use: a text each (JSON, see control_server.hpp), with descriptors beside it. Nothing here is for a
// loop's thread. Errors: not_found when nobody listens or the other side has gone, busy when the time is
// over.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/files.hpp"
#include "shared/base/units.hpp"

namespace aihub::serve {

struct ControlMessage {
    std::string text;
    std::vector<UniqueFd> descriptors;
};

class ControlChannel {
public:
    static constexpr std::size_t most_descriptors = 200;  // in one message; the kernel takes 253

    explicit ControlChannel(UniqueFd fd) : fd_(std::move(fd)) {}

    Result<void> send(std::string_view text, std::span<const int> descriptors = {});
    // Waits for as long as `patience`; not at all when it is zero.
    Result<ControlMessage> receive(Milliseconds patience);
    int descriptor() const { return fd_.get(); }

private:
    UniqueFd fd_;
};

// "control.sock": of the gateway that serves. A replaced one goes on as "control-PROCESS.sock".
std::string control_name();
std::string control_name(int process);

Result<ControlChannel> connect_control(const std::string& state_folder, const std::string& name);
// In the place of what a crash left behind. Only for the process that holds the lock of the pid file.
Result<UniqueFd> listen_control(const std::string& state_folder, const std::string& name);

}  // namespace aihub::serve
