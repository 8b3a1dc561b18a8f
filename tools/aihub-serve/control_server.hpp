// What other processes of the state folder may ask of a running gateway: a verb each, {"verb":"status"},
// which one row of on() answers. A mistake is answered {"error":…,"hint":…,"code":…} with nothing done. Peers
// are of our own user, or root; anybody else is told so and dropped. Lives on the main thread, between
// signals; nothing here waits for a peer.
#pragma once

#include <poll.h>

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tools/aihub-serve/control_channel.hpp"

namespace aihub::serve {

struct ControlPeer {
    ControlChannel channel;
    unsigned user = 0;
    int process = 0;
    bool inherits = false;  // it has been given what it needs to take over
};

struct ControlCall {
    ControlPeer& peer;
    const nlohmann::ordered_json& request;
    std::vector<UniqueFd>& descriptors;  // that came along

    void answer(const nlohmann::ordered_json& what) const;
    void refuse(const Error& error) const;
};

class ControlServer {
public:
    static Result<ControlServer> open(const std::string& state_folder);
    ControlServer(ControlServer&&) = default;
    ControlServer& operator=(ControlServer&&) = delete;
    ~ControlServer();

    void on(std::string verb, std::function<void(const ControlCall&)> act);
    // The name control.sock is free for a successor; this one can still be asked, by its process.
    Result<void> step_aside();

    // Appends what to poll for; then serve() does what there is to do.
    void watch(std::vector<pollfd>& polled) const;
    void serve();

private:
    ControlServer(std::string state_folder, UniqueFd listening);
    void accept_all();
    bool serve_peer(ControlPeer& peer);
    void dispatch(ControlPeer& peer, ControlMessage message);

    std::string state_folder_;
    std::string name_;
    UniqueFd listening_;
    std::list<ControlPeer> peers_;
    std::map<std::string, std::function<void(const ControlCall&)>> verbs_;
};

// Asks and waits for the answer. An error that was answered is returned as one.
Result<nlohmann::ordered_json> ask_control(ControlChannel& channel, const nlohmann::ordered_json& request,
                                           Milliseconds patience);
Result<nlohmann::ordered_json> read_answer(const ControlMessage& message);

// A member of a message, which may hold anything; empty or 0 when it is not there or something else.
std::string text_in(const nlohmann::ordered_json& message, const char* name);
std::int64_t number_in(const nlohmann::ordered_json& message, const char* name);

}  // namespace aihub::serve
