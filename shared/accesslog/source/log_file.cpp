#include "shared/accesslog/source/log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace aihub::accesslog {
namespace {

constexpr unsigned unpacking_buffer = 128 * 1024;

Error cannot(const std::string& what, const std::string& path) {
    ErrorCode code = errno == ENOENT ? ErrorCode::not_found : ErrorCode::io;
    return Error(code, "cannot " + what + " " + path + ": " + std::strerror(errno),
                 code == ErrorCode::io ? "check its permissions" : "check the name");
}

Error damaged(const std::string& path) {
    return Error(ErrorCode::corrupt, path + " cannot be unpacked", "check it with: gzip -t");
}

}  // namespace

void LogFile::Close::operator()(gzFile_s* file) const {
    gzclose_r(file);
}

Result<LogFile> LogFile::open(const std::string& path) {
    LogFile file;
    file.path_ = path;
    file.fd_ = UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file.fd_) return cannot("open", path);
    Result<void> ready = file.identify();
    if (ready) ready = file.unpack();
    if (!ready) return ready.error();
    Result<std::string> prefix = file.prefix_now();
    if (!prefix) return prefix.error();
    file.prefix_ = std::move(*prefix);
    return file;
}

Result<void> LogFile::identify() {
    struct stat found{};
    if (::fstat(fd_.get(), &found) != 0) return cannot("read", path_);
    if (!S_ISREG(found.st_mode))
        return Error(ErrorCode::invalid_input, path_ + " is no regular file",
                     "name a log file, or pipe it in and write -");
    device_ = static_cast<std::int64_t>(found.st_dev);
    inode_ = static_cast<std::int64_t>(found.st_ino);
    size_ = found.st_size;
    modified_ms_ = found.st_mtim.tv_sec * 1000 + found.st_mtim.tv_nsec / 1'000'000;
    return {};
}

Result<void> LogFile::unpack() {
    std::array<unsigned char, 2> magic{};
    if (::pread(fd_.get(), magic.data(), magic.size(), 0) != 2 || magic[0] != 0x1F || magic[1] != 0x8B)
        return {};
    int copy = ::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0);
    if (copy < 0) return cannot("open", path_);
    packed_.reset(gzdopen(copy, "rb"));
    if (packed_) {
        gzbuffer(packed_.get(), unpacking_buffer);
        return {};
    }
    ::close(copy);
    return damaged(path_);
}

std::string LogFile::place() const {
    std::error_code failed;
    std::string place = std::filesystem::canonical(path_, failed);
    return failed ? path_ : place;
}

bool LogFile::reaches(std::int64_t position) const {
    return is_packed() || size_ >= position;
}

Result<std::string> LogFile::prefix_now() {
    std::string prefix(longest_prefix, '\0');
    std::size_t length = 0;
    while (length < prefix.size()) {
        Result<std::size_t> got =
            read(static_cast<std::int64_t>(length), prefix.data() + length, prefix.size() - length);
        if (!got) return got.error();
        if (*got == 0) break;
        length += *got;
    }
    prefix.resize(length);
    return prefix;
}

Result<std::size_t> LogFile::read(std::int64_t position, char* to, std::size_t size) {
    if (is_packed()) return read_packed(position, to, size);
    for (;;) {
        ssize_t got = ::pread(fd_.get(), to, size, position);
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR) return cannot("read", path_);
    }
}

Result<std::size_t> LogFile::read_packed(std::int64_t position, char* to, std::size_t size) {
    bool there = gztell(packed_.get()) == position || gzseek(packed_.get(), position, SEEK_SET) == position;
    if (!there) return damaged(path_);
    int got = gzread(packed_.get(), to, static_cast<unsigned>(size));
    int state = Z_OK;
    gzerror(packed_.get(), &state);
    bool broke_off = got == 0 && state != Z_OK && state != Z_STREAM_END;
    if (got < 0 || broke_off) return damaged(path_);
    return static_cast<std::size_t>(got);
}

}  // namespace aihub::accesslog
