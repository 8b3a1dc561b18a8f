#include "tools/aihub-serve/pipeline/line_memory.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstring>

namespace aihub::serve {
namespace {

// Before the lines. Of one machine: its own byte order will do.
struct Header {
    static constexpr std::uint64_t our_mark = 0x0073656E696C6861;  // "ahlines"
    std::uint64_t mark;
    std::atomic<std::uint64_t> waiting;
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

bool lock(int file) {
    return ::flock(file, LOCK_EX | LOCK_NB) == 0;
}

bool has_a_name(int file) {
    struct stat found{};
    return ::fstat(file, &found) == 0 && found.st_nlink > 0;
}

}  // namespace

LineMemory::LineMemory(const std::string& folder, std::size_t capacity) : capacity_(capacity) {
    if (!folder.empty() && map_file(folder)) return;
    plain_.resize(capacity);
    begin_ = plain_.data();
}

// Its blocks are there before it is mapped: a full disk must not kill who writes into the memory.
bool LineMemory::map_file(const std::string& folder) {
    std::size_t size = sizeof(Header) + capacity_;
    file_ = make_journal_file(folder, lines_prefix, path_);
    if (!file_) return false;
    void* map = MAP_FAILED;
    if (::posix_fallocate(file_.get(), 0, static_cast<off_t>(size)) == 0)
        map = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), 0);
    if (map == MAP_FAILED) {
        ::unlink(path_.c_str());
        file_.reset();
        return false;
    }
    map_ = map;
    new (map_) Header{Header::our_mark, {0}};
    begin_ = static_cast<char*>(map_) + sizeof(Header);
    return true;
}

LineMemory::~LineMemory() {
    if (!map_) return;
    ::munmap(map_, sizeof(Header) + capacity_);
    ::unlink(path_.c_str());
}

void LineMemory::set_waiting(std::size_t bytes) {
    waiting_ = bytes;
    if (map_) static_cast<Header*>(map_)->waiting.store(bytes, std::memory_order_release);
}

// Between its making and our lock another process may have taken it for one that was left behind: then it has
// no name any more.
UniqueFd make_journal_file(const std::string& folder, std::string_view prefix, std::string& path) {
    constexpr int tries = 10;
    for (int i = 0; i < tries; ++i) {
        path = folder + "/" + std::string(prefix) + "XXXXXX";
        UniqueFd file(::mkostemp(path.data(), O_CLOEXEC | O_APPEND));
        if (!file) return {};
        if (lock(file.get()) && has_a_name(file.get())) return file;
    }
    return {};
}

std::optional<UniqueFd> claim_journal_file(const std::string& path) {
    UniqueFd file(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    if (!file || !lock(file.get()) || !has_a_name(file.get())) return std::nullopt;
    return file;
}

std::string waiting_lines(int file) {
    struct Read {
        std::uint64_t mark;
        std::uint64_t waiting;
    } header{};
    struct stat found{};
    bool whole = ::pread(file, &header, sizeof header, 0) == static_cast<ssize_t>(sizeof header) &&
                 header.mark == Header::our_mark && ::fstat(file, &found) == 0 &&
                 header.waiting <= static_cast<std::uint64_t>(found.st_size) - sizeof header;
    if (!whole) return {};
    std::string lines(header.waiting, '\0');
    ssize_t count = ::pread(file, lines.data(), lines.size(), sizeof header);
    lines.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return lines;
}

}  // namespace aihub::serve
