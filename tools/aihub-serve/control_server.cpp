#include "tools/aihub-serve/control_server.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "shared/base/strings.hpp"

namespace aihub::serve {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_peers = 16;

// A message for people never breaks the JSON that carries it.
std::string text_of(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json to_json(const Error& error) {
    return {{"error", error.message}, {"hint", error.hint}, {"code", static_cast<int>(error.code)}};
}

ErrorCode code_of(const Json& answer) {
    std::int64_t number = answer.contains("code") ? number_in(answer, "code") : -1;
    bool known = number >= 0 && number <= static_cast<int>(ErrorCode::io);
    return known ? static_cast<ErrorCode>(number) : ErrorCode::unavailable;
}

bool is_ours(unsigned user) {
    return user == ::geteuid() || user == 0;
}

}  // namespace

void ControlCall::answer(const Json& what) const {
    (void)peer.channel.send(text_of(what));  // who has gone needs no answer
}

void ControlCall::refuse(const Error& error) const {
    answer(to_json(error));
}

ControlServer::ControlServer(std::string state_folder, UniqueFd listening)
    : state_folder_(std::move(state_folder)), name_(control_name()), listening_(std::move(listening)) {}

Result<ControlServer> ControlServer::open(const std::string& state_folder) {
    Result<UniqueFd> listening = listen_control(state_folder, control_name());
    if (!listening) return listening.error();
    return ControlServer(state_folder, std::move(*listening));
}

ControlServer::~ControlServer() {
    if (listening_) ::unlink((state_folder_ + "/" + name_).c_str());
}

void ControlServer::on(std::string verb, std::function<void(const ControlCall&)> act) {
    verbs_[std::move(verb)] = std::move(act);
}

Result<void> ControlServer::step_aside() {
    std::string own = control_name(::getpid());
    if (std::rename((state_folder_ + "/" + name_).c_str(), (state_folder_ + "/" + own).c_str()) != 0)
        return Error(ErrorCode::io,
                     "cannot rename " + state_folder_ + "/" + name_ + ": " + std::strerror(errno));
    name_ = std::move(own);
    return {};
}

void ControlServer::watch(std::vector<pollfd>& polled) const {
    polled.push_back({listening_.get(), POLLIN, 0});
    for (const ControlPeer& peer : peers_) polled.push_back({peer.channel.descriptor(), POLLIN, 0});
}

void ControlServer::serve() {
    accept_all();
    for (auto peer = peers_.begin(); peer != peers_.end();)
        peer = serve_peer(*peer) ? std::next(peer) : peers_.erase(peer);
}

// Peers that came and said nothing must not keep others out: the oldest makes room.
void ControlServer::accept_all() {
    for (;;) {
        UniqueFd fd(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!fd) return;
        ucred who{};
        socklen_t size = sizeof who;
        bool known = ::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &who, &size) == 0;
        ControlPeer peer{ControlChannel(std::move(fd)), who.uid, who.pid};
        if (!known || !is_ours(who.uid)) {
            Error error(ErrorCode::unauthorized, "this gateway belongs to another user");
            (void)peer.channel.send(text_of(to_json(error)));
            continue;
        }
        if (peers_.size() >= most_peers) peers_.pop_front();
        peers_.push_back(std::move(peer));
    }
}

bool ControlServer::serve_peer(ControlPeer& peer) {
    for (;;) {
        Result<ControlMessage> message = peer.channel.receive(Milliseconds(0));
        if (!message && message.error().code == ErrorCode::io)
            (void)peer.channel.send(text_of(to_json(message.error())));
        if (!message) return message.error().code == ErrorCode::busy;
        dispatch(peer, std::move(*message));
    }
}

void ControlServer::dispatch(ControlPeer& peer, ControlMessage message) {
    Json request = Json::parse(message.text, nullptr, false);
    std::string verb = text_in(request, "verb");
    ControlCall call{peer, request, message.descriptors};
    auto row = verbs_.find(verb);
    if (row == verbs_.end())
        return call.refuse(
            Error(ErrorCode::invalid_input, "this gateway knows no `" + printable(verb) + "`"));
    row->second(call);
}

std::string text_in(const Json& message, const char* name) {
    if (!message.is_object() || !message.contains(name) || !message[name].is_string()) return {};
    return message[name].get<std::string>();
}

std::int64_t number_in(const Json& message, const char* name) {
    if (!message.is_object() || !message.contains(name) || !message[name].is_number_integer()) return 0;
    return message[name].get<std::int64_t>();
}

Result<Json> read_answer(const ControlMessage& message) {
    Json answer = Json::parse(message.text, nullptr, false);
    if (!answer.is_object())
        return Error(ErrorCode::corrupt,
                     "the running gateway answered what this program does not understand");
    if (!answer.contains("error")) return answer;
    return Error(code_of(answer), printable(text_in(answer, "error")), printable(text_in(answer, "hint")));
}

Result<Json> ask_control(ControlChannel& channel, const Json& request, Milliseconds patience) {
    Result<void> sent = channel.send(text_of(request));
    if (!sent) return sent.error();
    Result<ControlMessage> message = channel.receive(patience);
    if (!message) return message.error();
    return read_answer(*message);
}

}  // namespace aihub::serve
