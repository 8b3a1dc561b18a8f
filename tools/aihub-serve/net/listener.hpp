// Accepts connections of one address on one loop. Every loop has a listening socket of its own for the same
// address (SO_REUSEPORT): the kernel spreads connections, and nothing is handed from thread to thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "shared/base/result.hpp"
#include "tools/aihub-serve/net/loop.hpp"

namespace aihub::net {

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;

class Listener {
public:
    // `accepted` gets each new connection, on the loop's thread.
    Listener(Loop& loop, Acceptor acceptor, std::function<void(Socket)> accepted);

    void start();
    // No more connections, but whoever has connected by now is still taken. `closed` is called after the last
    // of them, about `last_handshakes` later.
    void stop(std::function<void()> closed);

private:
    Task<void> accept_all();
    Task<void> close_after_the_last(std::function<void()> closed);
    void take_queued();

    Loop& loop_;
    Acceptor acceptor_;
    std::function<void(Socket)> accepted_;
    bool stopping_ = false;
};

// "127.0.0.1:8080", "[::1]:0".
Result<Endpoint> parse_endpoint(const std::string& text);
std::string to_text(const Endpoint& endpoint);

// A bound, listening socket for `loop`. A taken address gives conflict and a sentence that names the port
// and, when it can be found out, its holder. `alone`: fail when any other socket listens there, also one that
// would share the port.
Result<Acceptor> bind_listener(Loop& loop, const Endpoint& endpoint, bool alone);

}  // namespace aihub::net
