#include "tools/aihub-serve/pipeline/usage_journal.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tools/aihub-serve/pipeline/line_memory.hpp"

namespace aihub::serve {
namespace {

constexpr std::size_t turn_size = 1024 * 1024;

// What a full disk does not take, the database may yet take.
std::size_t append(int file, std::string_view text) {
    std::size_t written = 0;
    while (written < text.size()) {
        ssize_t count = ::write(file, text.data() + written, text.size() - written);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        written += static_cast<std::size_t>(count);
    }
    return written;
}

}  // namespace

Result<void> UsageJournal::open(const std::string& folder) {
    for (File& each : files_) {
        each.file = make_journal_file(folder, prefix, each.path);
        if (!each.file)
            return Error(ErrorCode::io, "cannot write in " + folder + ": " + std::strerror(errno),
                         "make it writable, or name another folder with --state-dir");
    }
    return {};
}

// What is not written yet stays for the next start.
UsageJournal::~UsageJournal() {
    for (File& each : files_)
        if (each.file && each.rows.empty()) ::unlink(each.path.c_str());
}

void UsageJournal::add(std::string_view lines, std::span<const std::int64_t> ids) {
    std::lock_guard lock(mutex_);
    if (files_[current_].size > turn_size && files_[1 - current_].size == 0) current_ = 1 - current_;
    File& file = files_[current_];
    file.size += append(file.file.get(), lines);
    file.rows.insert(ids.begin(), ids.end());
}

void UsageJournal::let_go(std::span<const std::int64_t> ids) {
    std::lock_guard lock(mutex_);
    for (File& each : files_) {
        if (each.size == 0) continue;
        for (std::int64_t id : ids) each.rows.erase(id);
        if (each.rows.empty() && ::ftruncate(each.file.get(), 0) == 0) each.size = 0;
    }
}

}  // namespace aihub::serve
