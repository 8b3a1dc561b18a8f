// Whole files, read and replaced. Blocking: never on a loop thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "shared/base/result.hpp"

namespace aihub {

// A file descriptor that closes itself.
class UniqueFd {
public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) : fd_(fd) {}
    UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept {
        if (this != &other) {
            reset();
            fd_ = std::exchange(other.fd_, -1);
        }
        return *this;
    }
    ~UniqueFd() { reset(); }

    int get() const { return fd_; }
    int release() { return std::exchange(fd_, -1); }
    explicit operator bool() const { return fd_ >= 0; }
    void reset();

private:
    int fd_ = -1;
};

// not_found when it does not exist, io for anything else.
Result<std::string> read_file(const std::string& path);

// Replaces `path` in one step: a reader sees the old or the new text, never half of one.
// `mode` are the permission bits, e.g. 0600 for a file that holds a key.
Result<void> write_file(const std::string& path, std::string_view text, unsigned mode = 0644);

// Makes the folder and its parents; an existing one is fine. `mode` is for those that are made.
Result<void> make_folders(const std::string& path, unsigned mode = 0755);

}  // namespace aihub
