// The access log: one JSON object a line, with nginx's field names (the order and spelling are an interface:
// what reads nginx's log reads this one). Each loop gathers lines and hands them to the file in one write.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "shared/base/result.hpp"
#include "tools/aihub-serve/pipeline/queued_output.hpp"

namespace aihub::serve {

struct Exchange;

// Where the lines go. Any thread, but open() and close(). Files are written to at once; a pipe or terminal on
// stdout, which may stall, through a queue.
class AccessLogFile {
public:
    // A path, "-" for stdout, or empty for none. `dropped` learns of lines that stdout did not take.
    Result<void> open(const std::string& path, QueuedOutput::Report dropped = {});
    // Opens the path again, after a rotation; lines under way go to one of both files, whole.
    Result<void> reopen();
    void write(std::string_view lines) const;
    bool enabled() const { return fd_ >= 0; }
    // No more lines; waits a moment for those that are queued.
    void close();

private:
    std::string path_;
    std::atomic<int> fd_{-1};
    std::unique_ptr<QueuedOutput> queue_;
};

// One loop's lines; its thread only.
class AccessLogBuffer {
public:
    explicit AccessLogBuffer(AccessLogFile& file) : file_(file) {}
    ~AccessLogBuffer() { flush(); }

    void add(const Exchange& exchange);
    void flush();  // from the loop's tick, and when much has gathered

private:
    const std::string& time_text();
    char* room(std::size_t size);

    AccessLogFile& file_;
    std::string lines_;  // as large as it may get; the first `used_` bytes wait
    std::size_t used_ = 0;
    std::int64_t time_second_ = 0;
    std::string time_;
};

// A request target with the values of secrets in its query masked, and the token segment of a live voice
// path.
std::string masked_target(std::string_view target);

}  // namespace aihub::serve
