#include "tools/aihub-serve/pipeline/spool.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

namespace aihub::serve {
namespace {

constexpr std::size_t read_size = 64 * 1024;

}  // namespace

bool Spool::open_file() {
    if (file_) return true;
    if (limits_.folder.empty()) return false;
    file_ = UniqueFd(::open(limits_.folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (file_) return true;
    std::string name = limits_.folder + "/spool.XXXXXX";  // a file system without O_TMPFILE
    file_ = UniqueFd(::mkostemp(name.data(), O_CLOEXEC));
    if (file_) ::unlink(name.c_str());
    return static_cast<bool>(file_);
}

bool Spool::write_file(std::string_view piece) {
    if (!open_file()) return false;
    auto offset = static_cast<off_t>(size_ - memory_.size());
    while (!piece.empty()) {
        ssize_t count = ::pwrite(file_.get(), piece.data(), piece.size(), offset);
        if (count <= 0) return false;
        piece.remove_prefix(static_cast<std::size_t>(count));
        offset += count;
    }
    return true;
}

net::Task<void> Spool::add(std::string_view piece) {
    if (!complete_) co_return;
    if (size_ == memory_.size() && size_ + piece.size() <= limits_.memory) {
        memory_.append(piece);
    } else if (size_ + piece.size() > limits_.total || limits_.folder.empty()) {
        complete_ = false;
        memory_ = {};
        file_.reset();
    } else {
        co_await offload_.run(loop_, [&] { complete_ = write_file(piece); });
        if (!complete_) co_return;
    }
    size_ += piece.size();
}

net::Task<bool> Spool::read(std::uint64_t offset, std::string& buffer, std::string_view& piece) {
    piece = {};
    if (offset >= size_) co_return true;
    if (offset < memory_.size()) {
        piece = std::string_view(memory_).substr(static_cast<std::size_t>(offset));
        co_return true;
    }
    auto wanted = std::min<std::uint64_t>(read_size, size_ - offset);
    buffer.resize(static_cast<std::size_t>(wanted));
    ssize_t count = 0;
    co_await offload_.run(loop_, [&] {
        count =
            ::pread(file_.get(), buffer.data(), buffer.size(), static_cast<off_t>(offset - memory_.size()));
    });
    if (count <= 0) co_return false;
    piece = std::string_view(buffer).substr(0, static_cast<std::size_t>(count));
    co_return true;
}

}  // namespace aihub::serve
