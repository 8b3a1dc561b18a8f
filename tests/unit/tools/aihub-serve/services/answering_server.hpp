// A server that answers every request with the same bytes, and counts them; it can be closed, which refuses
// connections, and opened again at the same port.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace aihub::serve {

class AnsweringServer {
public:
    explicit AnsweringServer(std::string reply) : reply_(std::move(reply)) { open(); }
    ~AnsweringServer() { close(); }
    AnsweringServer(const AnsweringServer&) = delete;

    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

    void open() {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int yes = 1;
        ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port_);
        socklen_t size = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        ::bind(listener_, generic, size);
        ::listen(listener_, 64);
        ::getsockname(listener_, generic, &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    void close() {
        ::shutdown(listener_, SHUT_RDWR);
        if (thread_.joinable()) thread_.join();
        ::close(std::exchange(listener_, -1));
    }
    void reply_with(std::string reply) {
        std::lock_guard lock(mutex_);
        reply_ = std::move(reply);
    }

    // The request lines so far; waits until there are so many.
    std::vector<std::string> lines(std::size_t at_least = 0) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return lines_.size() >= at_least; });
        return lines_;
    }

private:
    void serve() {
        for (;;) {
            int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (socket < 0) return;
            answer(socket);
            ::close(socket);
        }
    }
    void answer(int socket) {
        std::string request;
        char bytes[4096];
        while (!is_whole(request)) {
            ssize_t count = ::recv(socket, bytes, sizeof bytes, 0);
            if (count <= 0) return;
            request.append(bytes, static_cast<std::size_t>(count));
        }
        std::lock_guard lock(mutex_);
        lines_.push_back(request.substr(0, request.find('\r')));
        changed_.notify_all();
        ::send(socket, reply_.data(), reply_.size(), MSG_NOSIGNAL);
    }
    // The body of a question is `{}` or nothing.
    static bool is_whole(const std::string& request) {
        bool has_body = request.starts_with("POST");
        return request.ends_with(has_body ? "\r\n\r\n{}" : "\r\n\r\n");
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::string reply_;
    std::vector<std::string> lines_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

inline std::string reply_of(int status, const std::string& body = "{}") {
    return "HTTP/1.1 " + std::to_string(status) +
           " Status\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
}

}  // namespace aihub::serve
