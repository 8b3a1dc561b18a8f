// The access log: one JSON object a line, with nginx's field names (the order and spelling are an interface:
// what reads nginx's log reads this one). Each loop gathers lines and hands them to the file in one write.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "tools/aihub-serve/pipeline/line_memory.hpp"
#include "tools/aihub-serve/pipeline/queued_output.hpp"
#include "tools/aihub-serve/pipeline/usage_journal.hpp"

namespace aihub::serve {

struct Exchange;

// Where the lines go. Any thread, but open() and close(). Files are written to at once; a pipe or terminal on
// stdout, which may stall, through a queue.
class AccessLogFile {
public:
    // Before open(): a folder where lines outlive a killed process, and where those that tell of usage are
    // kept while the log is no file. Without it, neither is done.
    void keep_journal_in(const std::string& folder) { journal_folder_ = folder; }
    const std::string& journal_folder() const { return journal_folder_; }
    // A path, "-" for stdout, or empty for none. `dropped` learns of lines that stdout did not take.
    Result<void> open(const std::string& path, QueuedOutput::Report dropped = {});
    // Opens the path again, after a rotation; lines under way go to one of both files, whole.
    Result<void> reopen();
    // `usage`: the ids of the rows that the lines tell of.
    void write(std::string_view lines, std::span<const std::int64_t> usage = {});
    bool enabled() const { return fd_ >= 0; }
    bool keeps_usage() const { return journal_.is_open(); }
    // Those rows are written: their lines are kept no longer.
    void let_go(std::span<const std::int64_t> usage);
    // No more lines; waits a moment for those that are queued.
    void close();

private:
    std::string path_;
    std::string journal_folder_;
    std::atomic<int> fd_{-1};
    std::unique_ptr<QueuedOutput> queue_;
    UsageJournal journal_;
};

// One loop's lines; its thread only.
class AccessLogBuffer {
public:
    explicit AccessLogBuffer(AccessLogFile& file);
    ~AccessLogBuffer() { flush(); }

    void add(const Exchange& exchange);
    void flush();  // from the loop's tick, and when much has gathered

private:
    const std::string& time_text(std::int64_t now);
    char* room(std::size_t size);
    void added(const Exchange& exchange, const char* begin, const char* end);

    AccessLogFile& file_;
    LineMemory lines_;
    std::string long_line_;            // one that does not fit there
    std::vector<std::int64_t> usage_;  // ids of what the lines that wait tell of, while the file keeps them
    std::int64_t time_second_ = 0;
    std::string time_;
};

}  // namespace aihub::serve
