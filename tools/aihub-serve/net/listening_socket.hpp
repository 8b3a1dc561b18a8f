// The listening sockets of one address, as descriptors that belong to no loop: they can be bound before
// anybody hears of it, dealt to loops, and handed to another process. Closing the last descriptor of a socket
// resets whoever is in its queue. Any thread.
#pragma once

#include <string>
#include <vector>

#include "shared/base/files.hpp"
#include "tools/aihub-serve/net/listener.hpp"

namespace aihub::net {

struct ListeningAddress {
    std::string asked;  // as it was configured: "127.0.0.1:0"
    Endpoint endpoint;  // where it listens
    std::vector<UniqueFd> sockets;
};

// A bound socket on which nobody listens yet. A taken address gives conflict and a sentence that names the
// port and, when it can be found out, its holder.
Result<UniqueFd> bind_socket(const Endpoint& endpoint);
// The same error when any socket listens there, also one that would share the port.
Result<void> check_unused(const Endpoint& endpoint);

// Adds bound sockets until there are `wanted`; a port 0 becomes the port that the first one got.
Result<void> bind_sockets(ListeningAddress& address, std::size_t wanted);

// From now on the kernel takes connections. For one that listens already, nothing changes.
Result<void> begin_listening(const ListeningAddress& address);

// Which of `sockets` sockets each of `loops` loops accepts on: as many of its own for each, and what is left
// over is everybody's.
std::vector<std::vector<std::size_t>> deal_sockets(std::size_t sockets, std::size_t loops);

// A descriptor of its own for `loop`, which may then accept on it.
Result<Acceptor> acceptor_on(Loop& loop, const Endpoint& endpoint, int listening);

}  // namespace aihub::net
