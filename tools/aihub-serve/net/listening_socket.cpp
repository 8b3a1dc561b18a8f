#include "tools/aihub-serve/net/listening_socket.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "shared/base/strings.hpp"

namespace aihub::net {
namespace {

constexpr int backlog = 4096;

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

Error bind_error(const Endpoint& endpoint, int failed) {
    std::string address = to_text(endpoint);
    if (failed == EADDRINUSE) {
        std::string holder = holder_of(endpoint.port());
        std::string taken =
            "port " + std::to_string(endpoint.port()) + " is taken" + (holder.empty() ? "" : " by " + holder);
        return Error(aihub::ErrorCode::conflict, "cannot listen on " + address + ": " + taken,
                     "stop it, or set GATEWAY_PORT (or --listen) to another port");
    }
    return Error(aihub::ErrorCode::io, "cannot listen on " + address + ": " + std::strerror(failed),
                 "set --listen to an address of this machine and a port that you may use");
}

bool switch_option(int socket, int level, int option, int value) {
    return ::setsockopt(socket, level, option, &value, sizeof value) == 0;
}

Result<UniqueFd> bind_one(const Endpoint& endpoint, bool shares_port) {
    UniqueFd fd(::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP));
    bool done = fd && switch_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    if (done && shares_port) done = switch_option(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1);
    if (done && endpoint.address().is_v6()) done = switch_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
    if (done) done = ::bind(fd.get(), endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0;
    if (!done) return bind_error(endpoint, errno);
    return fd;
}

Endpoint bound_to(int socket, Endpoint endpoint) {
    auto length = static_cast<socklen_t>(endpoint.capacity());
    if (::getsockname(socket, endpoint.data(), &length) == 0) endpoint.resize(length);
    return endpoint;
}

}  // namespace

Result<UniqueFd> bind_socket(const Endpoint& endpoint) {
    return bind_one(endpoint, true);
}

Result<void> check_unused(const Endpoint& endpoint) {
    Result<UniqueFd> alone = bind_one(endpoint, false);
    if (!alone) return alone.error();
    if (::listen(alone->get(), backlog) != 0) return bind_error(endpoint, errno);
    return {};
}

Result<void> bind_sockets(ListeningAddress& address, std::size_t wanted) {
    while (address.sockets.size() < wanted) {
        Result<UniqueFd> socket = bind_socket(address.endpoint);
        if (!socket) return socket.error();
        address.endpoint = bound_to(socket->get(), address.endpoint);
        address.sockets.push_back(std::move(*socket));
    }
    return {};
}

Result<void> begin_listening(const ListeningAddress& address) {
    for (const UniqueFd& socket : address.sockets)
        if (::listen(socket.get(), backlog) != 0) return bind_error(address.endpoint, errno);
    return {};
}

std::vector<std::vector<std::size_t>> deal_sockets(std::size_t sockets, std::size_t loops) {
    std::vector<std::vector<std::size_t>> shares(loops);
    std::size_t own = sockets / loops * loops;
    for (std::size_t i = 0; i < own; ++i) shares[i % loops].push_back(i);
    for (std::size_t i = own; i < sockets; ++i)
        for (auto& share : shares) share.push_back(i);
    return shares;
}

Result<Acceptor> acceptor_on(Loop& loop, const Endpoint& endpoint, int listening) {
    UniqueFd copy(::fcntl(listening, F_DUPFD_CLOEXEC, 0));
    Acceptor acceptor(loop.context());
    ErrorCode failed(copy ? 0 : errno, boost::system::system_category());
    if (!failed) acceptor.assign(endpoint.protocol(), copy.get(), failed);
    if (failed)
        return Error(aihub::ErrorCode::io, "cannot listen on " + to_text(endpoint) + ": " + failed.message());
    (void)copy.release();
    return acceptor;
}

}  // namespace aihub::net
