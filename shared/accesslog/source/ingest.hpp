// Reads what is new in a log into the database, exactly once: rows and position change in one transaction, so
// that whoever is killed, or reads the same log at the same time, leaves nothing out and counts nothing
// twice. Owned by a command or a job; one thread; blocking.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/accesslog/client.hpp"
#include "shared/accesslog/line.hpp"
#include "shared/accesslog/source/event.hpp"
#include "shared/accesslog/source/rotation.hpp"
#include "shared/base/result.hpp"
#include "shared/db/access_events.hpp"
#include "shared/db/database.hpp"

namespace aihub::accesslog {

// A line that is no request.
struct BadLine {
    std::string file;
    std::int64_t end = 0;     // position behind it
    std::int64_t number = 0;  // from 1, when the file was read from its start
    std::string reason;
};

struct IngestOutcome {
    std::int64_t lines = 0;
    std::int64_t bad_lines = 0;
    std::int64_t position = 0;  // in what the path names
    std::int64_t inode = 0;
    bool missing = false;            // the path names nothing now
    std::vector<BadLine> bad;        // the first few
    std::vector<std::string> notes;  // what may have been lost, in words
};

class Ingest {
public:
    Ingest(db::Database& db, TrustedProxies trusted) : db_(db), events_(std::move(trusted)) {}

    // One pass over the log at `path`, an absolute path, and over what it was before, up to the last whole
    // line. not_found when there never was such a file.
    Result<IngestOutcome> read_log(const std::string& path, const std::optional<OlderPosition>& older = {});
    // All that a descriptor gives, up to its end.
    Result<IngestOutcome> read_stream(int fd, const std::string& name);

private:
    enum class Step { done, again };  // again: somebody else has read, or the file was truncated meanwhile

    Result<Step> read_sources(ReadingPlan& plan, IngestOutcome& outcome);
    Result<Step> read_source(SourceToRead& to_read, bool is_current, IngestOutcome& outcome);
    Result<Step> store(SourceToRead& to_read, std::int64_t position, db::AccessSourceState state,
                       IngestOutcome& outcome);
    Result<Step> keep_what_came(SourceToRead& to_read, std::int64_t position, const Error& failed,
                                IngestOutcome& outcome);
    void take(std::string_view line, bool too_long, std::int64_t end, const std::string& file);
    void refuse(const std::string& file, std::int64_t end, std::string reason);
    void begin_batch();
    void count_batch(IngestOutcome& outcome);

    db::Database& db_;
    LineParser parser_;
    EventMaker events_;
    db::AccessWriter writer_;
    std::int64_t number_ = 0;
    std::int64_t lines_ = 0;  // since the last transaction
    std::int64_t bad_lines_ = 0;
    std::vector<BadLine> bad_;
};

}  // namespace aihub::accesslog
