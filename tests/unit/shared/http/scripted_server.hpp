// A server for one connection, on a thread of its own: reads a request's head, then does what its script
// says.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace aihub::http {

class ScriptedServer {
public:
    class Peer {
    public:
        explicit Peer(int socket) : socket_(socket) {}

        // False when the other side is gone.
        bool send(std::string_view text) {
            while (!text.empty()) {
                ssize_t count = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
                if (count < 0) return false;
                text.remove_prefix(static_cast<std::size_t>(count));
            }
            return true;
        }
        void wait_gone() {
            char byte = 0;
            while (::recv(socket_, &byte, 1, 0) > 0) {
            }
        }

    private:
        int socket_;
    };
    using Script = std::function<void(Peer&)>;

    explicit ScriptedServer(Script script) : script_(std::move(script)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        ::bind(listener_, generic, size);
        ::listen(listener_, 8);
        ::getsockname(listener_, generic, &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~ScriptedServer() {
        ::shutdown(listener_, SHUT_RDWR);
        join();
        ::close(listener_);
    }
    ScriptedServer(const ScriptedServer&) = delete;

    std::uint16_t port() const { return port_; }
    // The head of the request, once the script has ended.
    const std::string& head() { return join(), head_; }

private:
    void join() {
        if (thread_.joinable()) thread_.join();
    }

    void serve() {
        int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0) return;
        char byte = 0;
        while (!head_.ends_with("\r\n\r\n") && ::recv(socket, &byte, 1, 0) == 1) head_ += byte;
        Peer peer(socket);
        script_(peer);
        ::close(socket);
    }

    Script script_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::string head_;
    std::thread thread_;
};

}  // namespace aihub::http
