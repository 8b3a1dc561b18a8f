#include "tools/aihub-serve/pipeline/queued_output.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

namespace aihub::serve {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_queued = 1024 * 1024;
constexpr int poll_ms = 100;
constexpr auto last_moment = 300ms;
constexpr auto between_reports = 60s;

// As many whole lines as a pipe that poll() calls writable takes without blocking (pipe(7): PIPE_BUF bytes,
// in one piece, so that lines of other writers do not cut ours).
std::string_view first_piece(std::string_view lines) {
    if (lines.size() <= PIPE_BUF) return lines;
    std::size_t end = lines.rfind('\n', PIPE_BUF - 1);
    return lines.substr(0, end == std::string_view::npos ? PIPE_BUF : end + 1);
}

}  // namespace

QueuedOutput::QueuedOutput(int descriptor, Report report)
    : descriptor_(descriptor), report_(std::move(report)), thread_([this] { run(); }) {}

QueuedOutput::~QueuedOutput() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
        end_ = Clock::now() + last_moment;
    }
    changed_.notify_all();
    thread_.join();
}

void QueuedOutput::add(std::string_view lines) {
    if (std::lock_guard lock(mutex_); queue_.size() + lines.size() <= most_queued) {
        queue_.append(lines);
        changed_.notify_all();
        return;
    }
    drop(lines);
}

void QueuedOutput::run() {
    std::string lines;
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) break;
        lines.clear();
        std::swap(lines, queue_);
        lock.unlock();
        write(lines);
        report_drops();
        lock.lock();
    }
    if (dropped_ > 0 && report_) report_(dropped_);
}

void QueuedOutput::write(std::string_view lines) {
    while (!lines.empty()) {
        if (!is_writable()) {
            if (is_over()) break;
            report_drops();
            continue;
        }
        std::string_view piece = first_piece(lines);
        ssize_t count = ::write(descriptor_, piece.data(), piece.size());
        if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (count <= 0) break;  // nobody reads any more
        lines.remove_prefix(static_cast<std::size_t>(count));
    }
    drop(lines);
}

// True also of an end that is gone: the write says so.
bool QueuedOutput::is_writable() const {
    pollfd wanted{descriptor_, POLLOUT, 0};
    return ::poll(&wanted, 1, poll_ms) > 0;
}

bool QueuedOutput::is_over() {
    std::lock_guard lock(mutex_);
    return stopping_ && Clock::now() >= end_;
}

void QueuedOutput::drop(std::string_view lines) {
    std::lock_guard lock(mutex_);
    dropped_ += static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
}

void QueuedOutput::report_drops() {
    std::uint64_t count = 0;
    {
        std::lock_guard lock(mutex_);
        if (dropped_ == 0 || Clock::now() < next_report_) return;
        count = std::exchange(dropped_, 0);
    }
    next_report_ = Clock::now() + between_reports;
    if (report_) report_(count);
}

}  // namespace aihub::serve
