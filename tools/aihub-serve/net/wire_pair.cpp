#include "tools/aihub-serve/net/wire_pair.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace aihub::net {
namespace {

// Of a reply on its way: more would only hide from the server that nobody takes it.
constexpr int reply_buffer = 32 * 1024;

WirePtr wire_of(Loop& loop, int descriptor) {
    Socket socket(loop.context());
    ErrorCode failed;
    socket.assign(asio::ip::tcp::v4(), descriptor, failed);
    if (!failed) return std::make_shared<Wire>(loop, std::move(socket));
    ::close(descriptor);
    return nullptr;
}

}  // namespace

Result<WirePair> make_wire_pair(Loop& loop, const std::string& client_address) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return Error(aihub::ErrorCode::io,
                     std::string("cannot make a connection inside the gateway: ") + std::strerror(errno),
                     "raise the limit of open files");
    ::setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &reply_buffer, sizeof reply_buffer);
    WirePair pair{wire_of(loop, ends[0]), wire_of(loop, ends[1])};
    if (!pair.client || !pair.server)
        return Error(aihub::ErrorCode::io, "cannot watch a connection inside the gateway",
                     "raise the limit of open files");
    pair.server->set_remote_address(client_address);
    return pair;
}

}  // namespace aihub::net
