#include "shared/accesslog/source/ingest.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "shared/accesslog/source/lines.hpp"
#include "shared/base/clock.hpp"

namespace aihub::accesslog {
namespace {

constexpr std::size_t most_shown = 3;
constexpr int patience_ms = 500;
// Each time somebody else got on, so many in a row mean that something is wrong.
constexpr int most_attempts = 1000;

Result<std::size_t> read_some(int fd, char* to, std::size_t size, const std::string& name) {
    for (;;) {
        ssize_t got = ::read(fd, to, size);
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR) return Error(ErrorCode::io, "cannot read " + name + ": " + std::strerror(errno));
    }
}

// Whether a pipe has nothing to say for a while: then what came is not kept waiting.
bool is_silent(int fd) {
    pollfd input{fd, POLLIN, 0};
    return ::poll(&input, 1, patience_ms) == 0;
}

Result<std::size_t> fill(Lines& lines, LogFile& file) {
    std::int64_t position = lines.read_position();
    char* room = lines.room();
    Result<std::size_t> got = file.read(position, room, lines.room_size());
    if (got) lines.came(*got);
    return got;
}

}  // namespace

void Ingest::begin_batch() {
    lines_ = 0;
    bad_lines_ = 0;
    bad_.clear();
    writer_.drop();
}

void Ingest::count_batch(IngestOutcome& outcome) {
    outcome.lines += lines_;
    outcome.bad_lines += bad_lines_;
    for (BadLine& line : bad_)
        if (outcome.bad.size() < most_shown) outcome.bad.push_back(std::move(line));
    begin_batch();
}

void Ingest::refuse(const std::string& file, std::int64_t end, std::string reason) {
    ++bad_lines_;
    if (bad_.size() < most_shown) bad_.push_back({file, end, number_, std::move(reason)});
}

void Ingest::take(std::string_view line, bool too_long, std::int64_t end, const std::string& file) {
    ++number_;
    ++lines_;
    if (too_long) return refuse(file, end, "the line is longer than 1 MB");
    Entry entry;
    if (std::optional<std::string> wrong = parser_.parse(line, entry))
        return refuse(file, end, std::move(*wrong));
    if (!entry.time_ms) return refuse(file, end, "the line does not say when the request was");
    writer_.add(events_.make(entry));
}

Result<Ingest::Step> Ingest::store(SourceToRead& to_read, std::int64_t position, db::AccessSourceState state,
                                   IngestOutcome& outcome) {
    // A file that was truncated and written anew while it was read no longer begins as it did.
    Result<std::string> prefix = to_read.file.prefix_now();
    if (!prefix) return prefix.error();
    if (!prefix->starts_with(to_read.file.prefix())) return Step::again;
    db::AccessSource after = to_read.source;
    set_identity(after, to_read.file, *prefix, position);
    after.place = to_read.source.place;
    after.state = state;
    after.lines += lines_;
    after.bad_lines += bad_lines_;
    after.seen_ms = now_ms();
    Result<bool> stored = writer_.store(db_, to_read.source, after);
    if (!stored) return stored.error();
    if (!*stored) return Step::again;
    to_read.source = after;
    count_batch(outcome);
    return Step::done;
}

// Of a file that cannot be read further, the lines before count.
Result<Ingest::Step> Ingest::keep_what_came(SourceToRead& to_read, std::int64_t position, const Error& failed,
                                            IngestOutcome& outcome) {
    if (position == to_read.source.position) return failed;
    Result<Step> stored = store(to_read, position, to_read.source.state, outcome);
    if (stored && *stored == Step::done) return failed;
    return stored;
}

Result<Ingest::Step> Ingest::read_source(SourceToRead& to_read, bool is_current, IngestOutcome& outcome) {
    using State = db::AccessSourceState;
    begin_batch();
    number_ = to_read.source.lines;
    Lines lines(to_read.source.position);
    std::int64_t position = to_read.source.position;
    State state = is_current ? to_read.source.state : std::max(to_read.source.state, State::rotated);
    auto take_line = [&](const Line& line) {
        take(line.text, line.too_long, line.end, to_read.file.path());
        position = line.end;
    };
    for (;;) {
        Result<std::size_t> got = fill(lines, to_read.file);
        if (!got) return keep_what_came(to_read, position, got.error(), outcome);
        if (*got == 0) break;
        while (std::optional<Line> line = lines.next()) {
            take_line(*line);
            if (!writer_.is_full()) continue;
            Result<Step> stored = store(to_read, position, state, outcome);
            if (!stored || *stored == Step::again) return stored;
        }
    }
    if (to_read.file.is_packed()) {
        if (std::optional<Line> line = lines.rest()) take_line(*line);
        state = State::complete;
    }
    if (position == to_read.source.position && state == to_read.source.state) return Step::done;
    return store(to_read, position, state, outcome);
}

Result<Ingest::Step> Ingest::read_sources(ReadingPlan& plan, IngestOutcome& outcome) {
    outcome.missing = plan.missing;
    for (std::size_t i = 0; i < plan.sources.size(); ++i) {
        SourceToRead& to_read = plan.sources[i];
        bool is_current = !plan.missing && i + 1 == plan.sources.size();
        Result<Step> step = read_source(to_read, is_current, outcome);
        if (!step && !is_current && step.error().code == ErrorCode::corrupt) {
            outcome.notes.push_back(step.error().message + " further than byte " +
                                    std::to_string(to_read.source.position));
            continue;  // what is written now shall not wait for it
        }
        if (!step || *step == Step::again) return step;
        outcome.position = to_read.source.position;
        outcome.inode = to_read.source.inode;
    }
    return Step::done;
}

Result<IngestOutcome> Ingest::read_log(const std::string& path, const std::optional<OlderPosition>& older) {
    IngestOutcome outcome;
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        Result<ReadingPlan> plan = plan_reading(db_, path, older);
        if (!plan) return plan.error();
        outcome.notes.insert(outcome.notes.end(), plan->notes.begin(), plan->notes.end());
        Result<Step> step = read_sources(*plan, outcome);
        if (!step) return step.error();
        if (*step == Step::done) return outcome;
    }
    return Error(ErrorCode::busy, path + " changes faster than it can be read", "try again");
}

Result<IngestOutcome> Ingest::read_stream(int fd, const std::string& name) {
    IngestOutcome outcome;
    begin_batch();
    number_ = 0;
    Lines lines(0);
    auto store_batch = [&]() -> Result<void> {
        Result<void> stored = writer_.store(db_);
        if (stored) count_batch(outcome);
        return stored;
    };
    for (;;) {
        if (writer_.size() > 0 && is_silent(fd)) {
            Result<void> stored = store_batch();
            if (!stored) return stored.error();
        }
        char* room = lines.room();
        Result<std::size_t> got = read_some(fd, room, lines.room_size(), name);
        if (!got) return got.error();
        lines.came(*got);
        while (std::optional<Line> line = lines.next()) {
            take(line->text, line->too_long, line->end, name);
            if (!writer_.is_full()) continue;
            Result<void> stored = store_batch();
            if (!stored) return stored.error();
        }
        if (*got == 0) break;
    }
    if (std::optional<Line> line = lines.rest()) take(line->text, line->too_long, line->end, name);
    Result<void> stored = store_batch();
    if (!stored) return stored.error();
    return outcome;
}

}  // namespace aihub::accesslog
