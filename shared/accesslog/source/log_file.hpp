// A log's file, open: plain, or packed by gzip, whose content then is what it unpacks to. What it was when it
// was opened stays known while its path may be renamed. Owned by one pass over a log; one thread; blocking.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "shared/base/files.hpp"
#include "shared/base/result.hpp"

struct gzFile_s;

namespace aihub::accesslog {

inline constexpr std::size_t longest_prefix = 1024;

class LogFile {
public:
    // not_found when there is none; invalid_input for what is no regular file; io.
    static Result<LogFile> open(const std::string& path);

    const std::string& path() const { return path_; }
    std::string place() const;  // without symbolic links
    std::int64_t device() const { return device_; }
    std::int64_t inode() const { return inode_; }
    std::int64_t modified_ms() const { return modified_ms_; }
    bool is_empty() const { return size_ == 0; }
    bool is_packed() const { return packed_ != nullptr; }
    // Whether it holds so many bytes at least; of a packed one nobody knows before it was read.
    bool reaches(std::int64_t position) const;
    // Its first bytes, `longest_prefix` at most, as they were when it was opened.
    const std::string& prefix() const { return prefix_; }
    // The same as they are now.
    Result<std::string> prefix_now();

    // Up to `size` bytes from `position` on; 0: the end.
    Result<std::size_t> read(std::int64_t position, char* to, std::size_t size);

private:
    struct Close {
        void operator()(gzFile_s* file) const;
    };

    Result<void> identify();
    Result<void> unpack();
    Result<std::size_t> read_packed(std::int64_t position, char* to, std::size_t size);

    std::string path_;
    UniqueFd fd_;
    std::unique_ptr<gzFile_s, Close> packed_;
    std::int64_t device_ = 0;
    std::int64_t inode_ = 0;
    std::int64_t size_ = 0;
    std::int64_t modified_ms_ = 0;
    std::string prefix_;
};

}  // namespace aihub::accesslog
