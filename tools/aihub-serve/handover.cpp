#include "tools/aihub-serve/handover.hpp"

#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "tools/aihub-serve/pid_file.hpp"

namespace aihub::serve {
namespace {

using Json = nlohmann::ordered_json;

constexpr int protocol_version = 1;
constexpr Milliseconds patience{10'000};  // for a main thread that is about to reload
constexpr Milliseconds between_tries{20};
constexpr std::size_t not_sockets = 3;  // descriptors of the first message

Error not_understood() {
    return Error(ErrorCode::corrupt, "the running gateway offers what this program does not understand",
                 "use `aihub-serve stop`, then `aihub-serve start`");
}

Json address_row(const net::ListeningAddress& address) {
    return {{"asked", address.asked},
            {"address", net::to_text(address.endpoint)},
            {"sockets", address.sockets.size()}};
}

// A process of another user would leave files behind that the first user cannot write.
std::optional<Error> objection(const ControlCall& call) {
    std::int64_t version = number_in(call.request, "version");
    if (version != protocol_version)
        return Error(ErrorCode::conflict,
                     "the running gateway hands over by version " + std::to_string(protocol_version) +
                         " of the protocol, the new one asks for version " + std::to_string(version),
                     "use `aihub-serve stop`, then `aihub-serve start`");
    if (call.peer.user != ::geteuid())
        return Error(ErrorCode::unauthorized,
                     "the running gateway belongs to the user with number " + std::to_string(::geteuid()),
                     "restart it as that user");
    return std::nullopt;
}

}  // namespace

Result<ControlChannel> reach_running(const std::string& state_folder) {
    for (int tries_left = 50;; --tries_left) {
        Result<ControlChannel> channel = connect_control(state_folder, control_name());
        bool may_come = !channel && channel.error().code == ErrorCode::not_found && tries_left > 0;
        if (!may_come || !find_running(state_folder)) return channel;
        std::this_thread::sleep_for(between_tries);
    }
}

void give_away(const ControlCall& call, int pid_file, const std::vector<net::ListeningAddress>& addresses) {
    if (std::optional<Error> no = objection(call)) return call.refuse(*no);
    Json answer = {{"version", protocol_version}, {"process", ::getpid()}, {"addresses", Json::array()}};
    std::vector<int> sockets;
    for (const net::ListeningAddress& address : addresses) {
        answer["addresses"].push_back(address_row(address));
        for (const UniqueFd& socket : address.sockets) sockets.push_back(socket.get());
    }
    const int first[] = {pid_file, STDOUT_FILENO, STDERR_FILENO};
    Result<void> sent = call.peer.channel.send(answer.dump(), first);
    for (std::size_t at = 0; sent && at < sockets.size(); at += ControlChannel::most_descriptors) {
        std::size_t count = std::min(ControlChannel::most_descriptors, sockets.size() - at);
        sent = call.peer.channel.send(R"({"sockets":true})", std::span(sockets).subspan(at, count));
    }
    if (sent) call.peer.inherits = true;
    if (!sent) call.refuse(sent.error());
}

Result<Inheritance> Inheritance::claim(const std::string& state_folder) {
    Result<ControlChannel> channel = reach_running(state_folder);
    if (!channel) return channel.error();
    Inheritance heir(std::move(*channel));
    Json request = {{"verb", "take over"}, {"version", protocol_version}};
    Result<void> sent = heir.channel_.send(request.dump());
    if (!sent) return sent.error();
    Result<ControlMessage> message = heir.channel_.receive(patience);
    if (!message) return message.error();
    Result<Json> answer = read_answer(*message);
    if (!answer) return answer.error();
    if (message->descriptors.size() != not_sockets) return not_understood();
    heir.pid_file_ = std::move(message->descriptors[0]);
    heir.output_ = std::move(message->descriptors[1]);
    heir.error_ = std::move(message->descriptors[2]);
    std::vector<std::size_t> counts;
    Result<void> read = heir.read_addresses(*answer, counts);
    if (read) read = heir.read_sockets(counts);
    if (!read) return read.error();
    return heir;
}

Result<void> Inheritance::read_addresses(const Json& answer, std::vector<std::size_t>& counts) {
    predecessor_ = static_cast<int>(number_in(answer, "process"));
    if (predecessor_ <= 0 || !answer.contains("addresses") || !answer["addresses"].is_array())
        return not_understood();
    for (const Json& row : answer["addresses"]) {
        Result<net::Endpoint> endpoint = net::parse_endpoint(text_in(row, "address"));
        if (!endpoint) return not_understood();
        net::ListeningAddress& address = addresses_.emplace_back();
        address.asked = text_in(row, "asked");
        address.endpoint = *endpoint;
        counts.push_back(static_cast<std::size_t>(number_in(row, "sockets")));
    }
    return {};
}

Result<void> Inheritance::read_sockets(const std::vector<std::size_t>& counts) {
    std::vector<UniqueFd> arrived;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        while (arrived.size() < counts[i]) {
            Result<ControlMessage> message = channel_.receive(patience);
            if (!message) return message.error();
            if (message->descriptors.empty()) return not_understood();
            std::move(message->descriptors.begin(), message->descriptors.end(), std::back_inserter(arrived));
        }
        auto end = arrived.begin() + static_cast<std::ptrdiff_t>(counts[i]);
        std::move(arrived.begin(), end, std::back_inserter(addresses_[i].sockets));
        arrived.erase(arrived.begin(), end);
    }
    return {};
}

// Who serves is in the pid file: one that gives everything to another process writes so before it goes.
Result<void> Inheritance::take(const std::string& state_folder) {
    Result<Json> answer = ask_control(channel_, {{"verb", "ready"}}, patience);
    if (answer) return {};
    if (answer.error().code != ErrorCode::not_found) return answer.error();
    std::optional<Running> last = find_running(state_folder);
    if (last && last->process == predecessor_) return {};
    return Error(ErrorCode::conflict, "the gateway ended, or another process took over from it, meanwhile",
                 "see `aihub-serve status`");
}

net::ListeningAddress Inheritance::pick(const std::string& asked, const net::Endpoint& endpoint) {
    auto is_it = [&](const net::ListeningAddress& address) {
        return address.asked == asked || address.endpoint == endpoint;
    };
    auto found = std::find_if(addresses_.begin(), addresses_.end(), is_it);
    if (found == addresses_.end()) return {};
    net::ListeningAddress picked = std::move(*found);
    addresses_.erase(found);
    return picked;
}

bool Inheritance::has_port(unsigned port) const {
    return std::any_of(addresses_.begin(), addresses_.end(),
                       [&](const net::ListeningAddress& address) { return address.endpoint.port() == port; });
}

void Inheritance::adopt_output() {
    ::dup2(output_.get(), STDOUT_FILENO);
    ::dup2(error_.get(), STDERR_FILENO);
    output_.reset();
    error_.reset();
}

}  // namespace aihub::serve
