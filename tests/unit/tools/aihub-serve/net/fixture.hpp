// A running loop and both ends of TCP connections on it: one a Wire, the other a plain blocking socket of the
// test.
#pragma once

#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <future>
#include <string>

#include "tools/aihub-serve/net/listener.hpp"
#include "tools/aihub-serve/net/wire.hpp"

namespace aihub::net {

class RunningLoop {
public:
    RunningLoop() { loop.start(); }

    // Runs a coroutine on the loop and gives its result. What the task refers to must live in the caller.
    template <typename T>
    T run(Task<T> task) {
        return asio::co_spawn(loop.context(), std::move(task), asio::use_future).get();
    }
    // Runs a function on the loop's thread and waits for it.
    template <typename Act>
    void on_loop(Act act) {
        std::promise<void> done;
        loop.post([&] {
            act();
            done.set_value();
        });
        done.get_future().get();
    }

    Loop loop;
};

// A server's listening socket, used from the test's thread.
class Server {
public:
    asio::io_context context{1};
    asio::ip::tcp::acceptor acceptor{context, {asio::ip::make_address("127.0.0.1"), 0}};

    std::uint16_t port() const { return acceptor.local_endpoint().port(); }
    asio::ip::tcp::socket accept() { return acceptor.accept(); }
};

// The two ends of a connection.
struct Pair {
    WirePtr wire;
    asio::ip::tcp::socket peer;

    Pair(RunningLoop& running, Server& server) : peer(server.context) {
        Socket socket(running.loop.context());
        socket.connect(server.acceptor.local_endpoint());
        peer = server.accept();
        running.on_loop([&] { wire = std::make_shared<Wire>(running.loop, std::move(socket)); });
        loop_ = &running;
    }
    // A wire belongs to its loop's thread, to the last.
    ~Pair() {
        loop_->on_loop([this] {
            wire->close();
            wire.reset();
        });
    }
    Pair(const Pair&) = delete;

    void send(std::string_view text) { asio::write(peer, asio::buffer(text)); }
    std::string receive(std::size_t size) {
        std::string text(size, '\0');
        asio::read(peer, asio::buffer(text));
        return text;
    }
    // What comes until the other end closes or resets; `failed` says which.
    std::string receive_all(ErrorCode& failed) {
        std::string text;
        asio::read(peer, asio::dynamic_buffer(text), failed);
        return text;
    }

private:
    RunningLoop* loop_ = nullptr;
};

}  // namespace aihub::net
