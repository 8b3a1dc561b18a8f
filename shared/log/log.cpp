#include "shared/log/log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <span>

#include "shared/base/clock.hpp"
#include "shared/base/files.hpp"
#include "shared/base/strings.hpp"
#include "shared/log/format.hpp"

namespace aihub::log {
namespace {

struct LevelName {
    Level level;
    std::string_view name;
    char priority;  // syslog's
};

constexpr std::array level_names = {
    LevelName{Level::debug, "debug", '7'},       LevelName{Level::info, "info", '6'},
    LevelName{Level::warning, "warning", '4'},   LevelName{Level::error, "error", '3'},
    LevelName{Level::critical, "critical", '2'},
};

const LevelName& row_of(Level level) {
    return level_names.at(static_cast<std::size_t>(level));
}

// systemd sets JOURNAL_STREAM to DEVICE:INODE; a program whose stderr was sent elsewhere inherits it all the
// same.
bool stderr_is_journal() {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat status{};
    if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return false;
    return stream == std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

// One write a line keeps lines of several processes whole. What cannot be written is lost: a log has nobody
// to tell.
void write_once(int fd, std::string_view line) {
    while (::write(fd, line.data(), line.size()) < 0 && errno == EINTR) {
    }
}

Result<UniqueFd> open_append(const std::string& path) {
    UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
    if (fd) return fd;
    return Error(ErrorCode::io, "cannot open the log file " + path + ": " + std::strerror(errno),
                 "name a file in a folder that can be written to");
}

}  // namespace

struct Logger::State {
    std::atomic<Level> stderr_level;
    std::atomic<Level> file_level{Level::info};
    std::atomic<bool> has_file{false};
    Format format;
    bool journal;
    std::mutex file_mutex;  // guards path and file: reopen() swaps them under writers
    std::string path;
    UniqueFd file;

    State(Level level, Format format_) : stderr_level(level), format(format_), journal(stderr_is_journal()) {}
};

std::optional<Level> parse_level(std::string_view text) {
    for (const LevelName& row : level_names)
        if (iequals(text, row.name)) return row.level;
    if (iequals(text, "warn")) return Level::warning;
    return std::nullopt;
}

std::string_view level_name(Level level) {
    return row_of(level).name;
}

Logger::Logger(Level level, Format format) : state_(std::make_unique<State>(level, format)) {}
Logger::~Logger() = default;

Result<void> Logger::open_file(const std::string& path, Level level) {
    Result<UniqueFd> file = open_append(path);
    if (!file) return file.error();
    std::lock_guard lock(state_->file_mutex);
    state_->file = std::move(*file);
    state_->path = path;
    state_->file_level = level;
    state_->has_file = true;
    return {};
}

Result<void> Logger::reopen() {
    std::lock_guard lock(state_->file_mutex);
    if (!state_->file) return {};
    Result<UniqueFd> file = open_append(state_->path);
    if (!file) return file.error();
    state_->file = std::move(*file);
    return {};
}

void Logger::set_levels(Level stderr_level, Level file_level) {
    state_->stderr_level = stderr_level;
    state_->file_level = file_level;
}

bool Logger::enabled(Level level) const {
    return level >= state_->stderr_level.load() || (state_->has_file && level >= state_->file_level.load());
}

void Logger::write_line(Level level, std::string_view event, const Field* fields, std::size_t count) {
    std::string line = format_line(state_->format, now_ms(), level, event, std::span(fields, count)) + "\n";
    if (state_->has_file && level >= state_->file_level.load()) {
        std::lock_guard lock(state_->file_mutex);
        write_once(state_->file.get(), line);
    }
    if (level < state_->stderr_level.load()) return;
    if (state_->journal) line.insert(0, {'<', row_of(level).priority, '>'});
    write_once(STDERR_FILENO, line);
}

}  // namespace aihub::log
