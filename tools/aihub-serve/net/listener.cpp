#include "tools/aihub-serve/net/listener.hpp"

#include <dirent.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fstream>
#include <sstream>

#include "shared/base/files.hpp"
#include "shared/base/strings.hpp"

namespace aihub::net {
namespace {

constexpr int backlog = 4096;
constexpr std::chrono::milliseconds last_handshakes{100};  // a round trip, and some
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

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

// The inode of the socket that listens on `port`, from the kernel's table; empty when there is none.
std::string listening_inode(const char* table, unsigned port) {
    std::ifstream lines(table);
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
        std::istringstream fields(line);
        std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
        fields >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >>
            inode;
        std::size_t colon = local.rfind(':');
        if (state != "0A" || colon == std::string::npos) continue;
        if (parse_unsigned(std::string_view(local).substr(colon + 1), 16) == port) return inode;
    }
    return {};
}

bool holds_socket(const std::string& descriptors, const std::string& wanted) {
    DIR* folder = ::opendir(descriptors.c_str());
    if (!folder) return false;
    bool found = false;
    while (const dirent* entry = ::readdir(folder)) {
        std::array<char, 128> link{};
        ssize_t length = ::readlink((descriptors + "/" + entry->d_name).c_str(), link.data(), link.size());
        if (length > 0 && std::string_view(link.data(), static_cast<std::size_t>(length)) == wanted)
            found = true;
    }
    ::closedir(folder);
    return found;
}

// "nginx (process 812)", as far as /proc lets us see; else empty.
std::string holder_of(unsigned port) {
    std::string inode = listening_inode("/proc/net/tcp", port);
    if (inode.empty()) inode = listening_inode("/proc/net/tcp6", port);
    DIR* folder = inode.empty() ? nullptr : ::opendir("/proc");
    if (!folder) return {};
    std::string holder;
    while (const dirent* entry = ::readdir(folder)) {
        std::string process = entry->d_name;
        if (!parse_unsigned(process) || !holds_socket("/proc/" + process + "/fd", "socket:[" + inode + "]"))
            continue;
        std::string name = read_file("/proc/" + process + "/comm").value_or("a program");
        while (!name.empty() && name.back() == '\n') name.pop_back();
        holder = printable(name) + " (process " + process + ")";
        break;
    }
    ::closedir(folder);
    return holder;
}

Error bind_error(const Endpoint& endpoint, const ErrorCode& failed) {
    std::string address = to_text(endpoint);
    if (failed == asio::error::address_in_use) {
        std::string holder = holder_of(endpoint.port());
        std::string taken =
            "port " + std::to_string(endpoint.port()) + " is taken" + (holder.empty() ? "" : " by " + holder);
        return Error(aihub::ErrorCode::conflict, "cannot listen on " + address + ": " + taken,
                     "stop it, or set GATEWAY_PORT (or --listen) to another port");
    }
    return Error(aihub::ErrorCode::io, "cannot listen on " + address + ": " + failed.message(),
                 "set --listen to an address of this machine and a port that you may use");
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

Result<Acceptor> bind_listener(Loop& loop, const Endpoint& endpoint, bool alone) {
    Acceptor acceptor(loop.context());
    ErrorCode failed;
    acceptor.open(endpoint.protocol(), failed);
    if (failed) return bind_error(endpoint, failed);
    acceptor.set_option(Acceptor::reuse_address(true), failed);
    if (!alone) acceptor.set_option(ReusePort(true), failed);
    if (endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only(false), failed);
    acceptor.bind(endpoint, failed);
    if (!failed) acceptor.listen(backlog, failed);
    if (failed) return bind_error(endpoint, failed);
    return acceptor;
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
    acceptor_.close(failed);
    closed();
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
        if (stopping_) co_return;
        Timer pause(loop_.context(),
                    std::chrono::milliseconds(100));  // no descriptors left: let some be closed
        co_await pause.async_wait(asio::redirect_error(awaiting, failed));
    }
}

}  // namespace aihub::net
