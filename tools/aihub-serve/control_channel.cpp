#include "tools/aihub-serve/control_channel.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace aihub::serve {
namespace {

constexpr std::size_t longest_message = 64 * 1024;
constexpr int waiting_peers = 16;

Error failure(const std::string& what) {
    ErrorCode code = errno == ENOENT || errno == ECONNREFUSED ? ErrorCode::not_found : ErrorCode::io;
    return Error(code, what + ": " + std::strerror(errno));
}

Error gone() {
    return Error(ErrorCode::not_found, "the other process has gone");
}

// A socket's name holds 107 bytes, and state folders may be deeper than that: then the way leads through an
// open descriptor of the folder.
struct Place {
    UniqueFd folder;
    sockaddr_un address{};
};

Result<Place> place_of(const std::string& state_folder, const std::string& name) {
    Place place;
    place.address.sun_family = AF_UNIX;
    std::string path = state_folder + "/" + name;
    if (path.size() >= sizeof place.address.sun_path) {
        place.folder = UniqueFd(::open(state_folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (!place.folder) return failure("cannot open " + state_folder);
        path = "/proc/self/fd/" + std::to_string(place.folder.get()) + "/" + name;
    }
    std::memcpy(place.address.sun_path, path.c_str(), path.size() + 1);
    return place;
}

const sockaddr* plain(const Place& place) {
    return reinterpret_cast<const sockaddr*>(&place.address);
}

UniqueFd new_socket(int more) {
    return UniqueFd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | more, 0));
}

std::vector<UniqueFd> descriptors_of(msghdr& header) {
    std::vector<UniqueFd> descriptors;
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part; part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
            descriptors.emplace_back(fd);
        }
    }
    return descriptors;
}

}  // namespace

std::string control_name() {
    return "control.sock";
}

std::string control_name(int process) {
    return "control-" + std::to_string(process) + ".sock";
}

Result<void> ControlChannel::send(std::string_view text, std::span<const int> descriptors) {
    iovec piece{const_cast<char*>(text.data()), text.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * most_descriptors)> control{};
    msghdr header{};
    header.msg_iov = &piece;
    header.msg_iovlen = 1;
    if (!descriptors.empty()) {
        header.msg_control = control.data();
        header.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
        cmsghdr* part = CMSG_FIRSTHDR(&header);
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        part->cmsg_len = CMSG_LEN(descriptors.size_bytes());
        std::memcpy(CMSG_DATA(part), descriptors.data(), descriptors.size_bytes());
    }
    if (::sendmsg(fd_.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return {};
    if (errno == EPIPE || errno == ECONNRESET) return gone();
    return failure("cannot write to the control socket");
}

Result<ControlMessage> ControlChannel::receive(Milliseconds patience) {
    pollfd ready{fd_.get(), POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(patience.count())) <= 0)
        return Error(ErrorCode::busy, "the other process does not answer");
    ControlMessage message;
    message.text.resize(longest_message);
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * most_descriptors)> control{};
    iovec piece{message.text.data(), message.text.size()};
    msghdr header{};
    header.msg_iov = &piece;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    ssize_t size = ::recvmsg(fd_.get(), &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (size < 0 && errno != ECONNRESET) return failure("cannot read from the control socket");
    if (size <= 0) return gone();
    message.descriptors = descriptors_of(header);
    if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
        return Error(ErrorCode::io,
                     "a message on the control socket is too long, or no descriptors are left");
    message.text.resize(static_cast<std::size_t>(size));
    return message;
}

Result<ControlChannel> connect_control(const std::string& state_folder, const std::string& name) {
    Result<Place> place = place_of(state_folder, name);
    if (!place) return place.error();
    UniqueFd fd = new_socket(0);
    timeval patience{5, 0};  // a queue that is full; else it blocks without end
    if (fd) ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (!fd || ::connect(fd.get(), plain(*place), sizeof place->address) != 0)
        return failure("cannot reach " + state_folder + "/" + name);
    return ControlChannel(std::move(fd));
}

Result<UniqueFd> listen_control(const std::string& state_folder, const std::string& name) {
    Result<Place> place = place_of(state_folder, name);
    if (!place) return place.error();
    UniqueFd fd = new_socket(SOCK_NONBLOCK);
    ::unlink(place->address.sun_path);
    bool done = fd && ::fchmod(fd.get(), 0600) == 0 &&  // bind gives it to the file
                ::bind(fd.get(), plain(*place), sizeof place->address) == 0 &&
                ::listen(fd.get(), waiting_peers) == 0;
    if (!done) return failure("cannot listen on " + state_folder + "/" + name);
    return fd;
}

}  // namespace aihub::serve
