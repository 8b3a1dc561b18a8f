// Memory for log lines that wait to be written. It is a file of the journal folder, mapped and shared, so
// that the lines outlive a process that is killed; nothing of it costs a system call while requests run.
// Where the folder cannot be written it is plain memory. One loop's; what a dead process left is read at the
// next start.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/files.hpp"

namespace aihub::serve {

class LineMemory {
public:
    // An empty folder: plain memory.
    LineMemory(const std::string& folder, std::size_t capacity);
    ~LineMemory();
    LineMemory(const LineMemory&) = delete;

    char* begin() { return begin_; }
    std::size_t capacity() const { return capacity_; }
    bool outlives_us() const { return map_ != nullptr; }

    std::size_t waiting() const { return waiting_; }
    // The first so many bytes are lines that wait.
    void set_waiting(std::size_t bytes);

private:
    bool map_file(const std::string& folder);

    std::size_t capacity_;
    std::size_t waiting_ = 0;
    std::string plain_;
    char* begin_ = nullptr;
    void* map_ = nullptr;
    std::string path_;
    UniqueFd file_;  // locked for as long as we live
};

// A file of the journal folder that no living process holds, locked; nothing when one does.
std::optional<UniqueFd> claim_journal_file(const std::string& path);
// A new one, locked, named PREFIX and some letters; nothing when it cannot be made.
UniqueFd make_journal_file(const std::string& folder, std::string_view prefix, std::string& path);

inline constexpr std::string_view lines_prefix = "lines-";

// The lines that wait in such a file.
std::string waiting_lines(int file);

}  // namespace aihub::serve
