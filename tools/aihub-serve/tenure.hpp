// One process's time in charge of a state folder: it takes the folder's lock or, at a restart, all that the
// gateway before it has; answers for the folder over the control socket; and gives everything to its
// successor. The pid file always names who is in charge. Owned by the App; main thread only.
#pragma once

#include <poll.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "shared/log/log.hpp"
#include "tools/aihub-serve/control_server.hpp"
#include "tools/aihub-serve/handover.hpp"
#include "tools/aihub-serve/pid_file.hpp"

namespace aihub::serve {

class Tenure {
public:
    // What the rest of the gateway does while another process speaks with us.
    struct Duties {
        std::function<nlohmann::ordered_json()> status;
        std::function<void()> stop_accepting;  // a successor has the sockets
    };

    Tenure(std::string state_folder, log::Logger& logger);

    // The lock of the state folder or, with `take_over`, all that its present holder has.
    Result<void> claim(bool take_over);
    // Null but while we take over.
    Inheritance* inheritance() { return inheritance_ ? &*inheritance_ : nullptr; }
    void set_addresses(std::vector<net::ListeningAddress> addresses);
    const std::vector<net::ListeningAddress>& addresses() const { return addresses_; }

    // The last step of a start. Once the old process has given everything away, nothing makes us give up.
    Result<void> begin(Duties duties);
    // What is left to do with it after begin(); nothing when there was no gateway before us.
    std::optional<Inheritance> release_inheritance() { return std::exchange(inheritance_, std::nullopt); }

    // What others read in the pid file; in force once written.
    Running& running() { return running_; }
    const Running& running() const { return running_; }
    void write_running();

    // The process that has taken over from us, or 0.
    int successor() const { return successor_; }

    // Appends what to poll for; then serve() answers who has asked.
    void watch(std::vector<pollfd>& polled) const;
    void serve();

    // No successor from now on. Closes our descriptors of the sockets: open ones would keep those who
    // connect waiting.
    void end();
    void close_control() { control_.reset(); }
    // The state folder is free for others.
    void leave() { pid_file_.reset(); }

private:
    Result<void> take();
    void open_control();
    void offer(const ControlCall& call) const;
    void hand_over(const ControlCall& call);

    std::string state_folder_;
    log::Logger& logger_;
    std::optional<PidFile> pid_file_;
    std::optional<Inheritance> inheritance_;
    std::vector<net::ListeningAddress> addresses_;
    std::optional<ControlServer> control_;
    Duties duties_;
    Running running_;
    int successor_ = 0;
    bool ending_ = false;
};

}  // namespace aihub::serve
