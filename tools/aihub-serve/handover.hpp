// A gateway takes over from the one that runs in its state folder, and no client notices. Over the control
// socket (control_server.hpp):
//
//   new: {"verb":"take over","version":1}   old: the addresses, with descriptors: the locked pid file,
//   standard
//                                                output and error; then all listening sockets
//   new makes itself ready; if it cannot, it goes, and nothing has changed
//   new: {"verb":"ready"}                   old: stops accepting, answers {"yours":true}, finishes what it
//   has
//
// Whoever is in a socket's queue meanwhile is served by one or the other: the sockets never close. An old
// process that dies on the way leaves all to the new one. Main threads only.
#pragma once

#include <vector>

#include "tools/aihub-serve/control_server.hpp"
#include "tools/aihub-serve/net/listening_socket.hpp"

namespace aihub::serve {

// The control socket of the gateway that serves. Waits a moment for one that is just taking over from
// another.
Result<ControlChannel> reach_running(const std::string& state_folder);

// The old process's answer to "take over".
void give_away(const ControlCall& call, int pid_file, const std::vector<net::ListeningAddress>& addresses);

// What the new process got.
class Inheritance {
public:
    // not_found: there is nobody to inherit from.
    static Result<Inheritance> claim(const std::string& state_folder);

    // Says "ready". Afterwards all is ours, and the old one has stopped accepting, or has died.
    Result<void> take(const std::string& state_folder);

    // Those that were asked for as `asked`, or that listen on `endpoint`; none when there are no such.
    net::ListeningAddress pick(const std::string& asked, const net::Endpoint& endpoint);
    bool has_port(unsigned port) const;
    // What nobody has picked.
    std::vector<net::ListeningAddress> rest() { return std::move(addresses_); }

    UniqueFd release_pid_file() { return std::move(pid_file_); }
    // What we say goes where the old process's words went.
    void adopt_output();
    int predecessor() const { return predecessor_; }

private:
    explicit Inheritance(ControlChannel channel) : channel_(std::move(channel)) {}
    Result<void> read_addresses(const nlohmann::ordered_json& answer, std::vector<std::size_t>& counts);
    Result<void> read_sockets(const std::vector<std::size_t>& counts);

    ControlChannel channel_;
    int predecessor_ = 0;
    UniqueFd pid_file_;
    UniqueFd output_;
    UniqueFd error_;
    std::vector<net::ListeningAddress> addresses_;
};

}  // namespace aihub::serve
