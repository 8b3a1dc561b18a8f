#include "tools/aihub-serve/net/listener.hpp"

#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>

#include "shared/base/strings.hpp"

namespace aihub::net {
namespace {

constexpr std::chrono::milliseconds last_handshakes{100};  // a round trip, and some
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

// From now on the kernel drops whoever asks this socket to connect (they try again, and find it closed or its
// successor there), and still ends the handshakes that have begun. Where that cannot be had, a handshake that
// ends right at the close is reset.
void turn_newcomers_away(int listening) {
    constexpr std::uint32_t flags_at = 13;  // of the TCP header (RFC 9293 3.1)
    constexpr std::uint32_t syn = 0x02;
    std::array program{
        sock_filter BPF_STMT(BPF_LD | BPF_B | BPF_ABS, flags_at),
        sock_filter BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, syn, 0, 1),
        sock_filter BPF_STMT(BPF_RET | BPF_K, 0),            // drop
        sock_filter BPF_STMT(BPF_RET | BPF_K, 0xffffffffU),  // take whole
    };
    sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
    (void)::setsockopt(listening, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

}  // namespace

Result<Endpoint> parse_endpoint(const std::string& text) {
    std::size_t colon = text.rfind(':');
    std::string host = colon == std::string::npos ? std::string() : text.substr(0, colon);
    if (host.size() > 1 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    std::optional<std::uint64_t> port =
        colon == std::string::npos ? std::nullopt : parse_unsigned(text.substr(colon + 1));
    ErrorCode failed;
    asio::ip::address address = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, failed);
    if (failed || !port || *port > 65535)
        return Error(aihub::ErrorCode::invalid_input, "`" + printable(text) + "` is no address to listen on",
                     "write it like 127.0.0.1:8080 or [::]:8080");
    return Endpoint(address, static_cast<std::uint16_t>(*port));
}

std::string to_text(const Endpoint& endpoint) {
    std::string host = endpoint.address().to_string();
    if (endpoint.address().is_v6()) host = "[" + host + "]";
    return host + ":" + std::to_string(endpoint.port());
}

Listener::Listener(Loop& loop, Acceptor acceptor, std::function<void(Socket)> accepted)
    : loop_(loop), acceptor_(std::move(acceptor)), accepted_(std::move(accepted)) {}

void Listener::start() {
    asio::co_spawn(loop_.context(), accept_all(), asio::detached);
}

void Listener::stop(std::function<void()> closed) {
    stopping_ = true;
    turn_newcomers_away(acceptor_.native_handle());
    asio::co_spawn(loop_.context(), close_after_the_last(std::move(closed)), asio::detached);
}

// Who is in the kernel's queue has connected: closing would reset them. Handshakes that had begun when the
// newcomers were turned away end within a round trip.
Task<void> Listener::close_after_the_last(std::function<void()> closed) {
    take_queued();
    ErrorCode failed;
    Timer pause(loop_.context(), last_handshakes);
    co_await pause.async_wait(asio::redirect_error(awaiting, failed));
    take_queued();
    close();
    closed();
}

void Listener::hand_over(std::function<void()> closed) {
    stopping_ = true;
    handed_over_ = std::move(closed);
    close();
}

// Asio's own close leaves the socket in the loop's epoll set, since the last close takes it out; but another
// process may have it too.
void Listener::close() {
    ErrorCode failed;
    int listening = acceptor_.release(failed);
    if (!failed) ::close(listening);
}

void Listener::take_queued() {
    ErrorCode failed;
    acceptor_.non_blocking(true, failed);
    for (;;) {
        Socket socket(loop_.context());
        acceptor_.accept(socket, failed);
        if (failed) return;
        accepted_(std::move(socket));
    }
}

Task<void> Listener::accept_all() {
    for (;;) {
        Socket socket(loop_.context());
        ErrorCode failed;
        co_await acceptor_.async_accept(socket, asio::redirect_error(awaiting, failed));
        if (!failed) {  // also while we stop: it has connected, so it is served
            accepted_(std::move(socket));
            continue;
        }
        if (stopping_) {
            if (handed_over_) handed_over_();
            co_return;
        }
        Timer pause(loop_.context(),
                    std::chrono::milliseconds(100));  // no descriptors left: let some be closed
        co_await pause.async_wait(asio::redirect_error(awaiting, failed));
    }
}

}  // namespace aihub::net
