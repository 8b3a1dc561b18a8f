#include "tools/aihub-serve/jobs/usage_spool.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tools/aihub-serve/jobs/usage_line.hpp"

namespace aihub::serve {
namespace {

constexpr std::size_t piece_size = 256 * 1024;

Error cannot(const std::string& act, const std::string& path) {
    return Error(ErrorCode::io, "cannot " + act + " " + path + ": " + std::strerror(errno),
                 "make room, or make its folder writable");
}

std::uint64_t size_of(int file) {
    struct stat found{};
    return ::fstat(file, &found) == 0 ? static_cast<std::uint64_t>(found.st_size) : 0;
}

bool ends_a_line(int file, std::uint64_t size) {
    char last = '\n';
    return size == 0 || ::pread(file, &last, 1, static_cast<off_t>(size - 1)) != 1 || last == '\n';
}

bool write_all(int file, std::string_view text) {
    while (!text.empty()) {
        ssize_t count = ::write(file, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

std::string read_from(int file, std::uint64_t at, std::size_t size) {
    std::string text(size, '\0');
    ssize_t count = 0;
    do {
        count = ::pread(file, text.data(), size, static_cast<off_t>(at));
    } while (count < 0 && errno == EINTR);
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
}

}  // namespace

bool UsageSpool::is_in_place() const {
    struct stat named{};
    struct stat held{};
    return file_ && ::stat(path_.c_str(), &named) == 0 && ::fstat(file_.get(), &held) == 0 &&
           named.st_ino == held.st_ino && named.st_dev == held.st_dev;
}

// The file that bears the name, made where there is none.
Result<void> UsageSpool::lock() {
    for (;;) {
        if (!is_in_place()) {
            passed_ = 0;
            file_ = UniqueFd(::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
            if (!file_) return cannot("open", path_);
        }
        while (::flock(file_.get(), LOCK_EX) != 0 && errno == EINTR) continue;
        if (is_in_place()) return {};
        unlock();  // removed while we waited for it
    }
}

void UsageSpool::unlock() {
    if (file_) ::flock(file_.get(), LOCK_UN);
}

Result<std::size_t> UsageSpool::add(std::span<const db::Usage> rows, std::uint64_t limit) {
    if (Result<void> locked = lock(); !locked) return locked.error();
    Result<std::size_t> added = append(rows, limit);
    unlock();
    return added;
}

Result<std::size_t> UsageSpool::append(std::span<const db::Usage> rows, std::uint64_t limit) {
    std::uint64_t size = size_of(file_.get());
    std::string text = ends_a_line(file_.get(), size) ? "" : "\n";
    std::size_t count = 0;
    for (; count < rows.size(); ++count) {
        std::string line = usage_line(rows[count]);
        if (size + text.size() + line.size() > limit) break;
        text += line;
    }
    if (count == 0) return count;
    if (write_all(file_.get(), text) && ::fdatasync(file_.get()) == 0) return count;
    Error failure = cannot("write", path_);
    (void)::ftruncate(file_.get(), static_cast<off_t>(size));
    return failure;
}

std::uint64_t UsageSpool::size() const {
    struct stat found{};
    if (::stat(path_.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return 0;
    auto size = static_cast<std::uint64_t>(found.st_size);
    return is_in_place() ? size - std::min(size, passed_) : size;
}

Result<UsageSpool::Piece> UsageSpool::first(std::size_t most) {
    if (Result<void> locked = lock(); !locked) return locked.error();
    std::string text = read_from(file_.get(), passed_, piece_size);
    bool failed = text.empty() && size_of(file_.get()) > passed_;
    unlock();
    if (failed) return cannot("read", path_);
    Piece piece;
    std::size_t at = 0;
    while (at < text.size() && piece.rows.size() < most) {
        std::size_t end = text.find('\n', at);
        if (end == std::string::npos && text.size() == piece_size && at > 0) break;
        std::string_view line = std::string_view(text).substr(at, end - at);
        at = std::min(end, text.size() - 1) + 1;
        if (std::optional<db::Usage> row = parse_usage_line(line))
            piece.rows.push_back(std::move(*row));
        else if (!line.empty())
            ++piece.damaged;
    }
    piece.end = passed_ + at;
    return piece;
}

void UsageSpool::pass(const Piece& piece) {
    if (!is_in_place()) return;
    passed_ = piece.end;
    if (!lock()) return;
    if (size_of(file_.get()) <= passed_) ::unlink(path_.c_str());
    unlock();
}

}  // namespace aihub::serve
