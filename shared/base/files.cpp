#include "shared/base/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace aihub {
namespace {

Error system_error(const std::string& act, const std::string& path) {
    int number = errno;
    ErrorCode code = number == ENOENT ? ErrorCode::not_found : ErrorCode::io;
    return Error(code, "cannot " + act + " " + path + ": " + std::strerror(number));
}

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace

void UniqueFd::reset() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Result<std::string> read_file(const std::string& path) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return system_error("read", path);
    std::string text;
    std::array<char, 16384> piece{};
    for (;;) {
        ssize_t length = ::read(fd.get(), piece.data(), piece.size());
        if (length < 0 && errno == EINTR) continue;
        if (length < 0) return system_error("read", path);
        if (length == 0) return text;
        text.append(piece.data(), static_cast<std::size_t>(length));
    }
}

Result<void> write_file(const std::string& path, std::string_view text, unsigned mode) {
    std::string temporary = path + ".XXXXXX";
    UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!fd) return system_error("write", path);
    bool written = ::fchmod(fd.get(), mode) == 0 && write_all(fd.get(), text) && ::fsync(fd.get()) == 0 &&
                   ::rename(temporary.c_str(), path.c_str()) == 0;
    if (written) return {};
    Error failure = system_error("write", path);
    ::unlink(temporary.c_str());
    return failure;
}

Result<void> make_folders(const std::string& path, unsigned mode) {
    for (std::size_t at = 1; at <= path.size(); ++at) {
        if (at < path.size() && path[at] != '/') continue;
        std::string part = path.substr(0, at);
        if (::mkdir(part.c_str(), mode) != 0 && errno != EEXIST) return system_error("make the folder", part);
    }
    return {};
}

}  // namespace aihub
