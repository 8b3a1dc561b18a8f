// Accepts connections of one socket on one loop. Every loop has a listening socket of its own for the same
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
    // Another process has the socket too: leaves it to that one, with whoever is in its queue. Only after
    // start(). `closed` is called when those that were taken already have been passed on.
    void hand_over(std::function<void()> closed);

private:
    Task<void> accept_all();
    Task<void> close_after_the_last(std::function<void()> closed);
    void take_queued();
    void close();

    Loop& loop_;
    Acceptor acceptor_;
    std::function<void(Socket)> accepted_;
    std::function<void()> handed_over_;
    bool stopping_ = false;
};

// "127.0.0.1:8080", "[::1]:0".
Result<Endpoint> parse_endpoint(const std::string& text);
std::string to_text(const Endpoint& endpoint);

}  // namespace aihub::net
