#include "tools/aihub-serve/pipeline/access_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "shared/accesslog/masking.hpp"
#include "shared/base/clock.hpp"
#include "shared/base/files.hpp"
#include "tools/aihub-serve/pipeline/exchange.hpp"
#include "tools/aihub-serve/pipeline/log_line.hpp"

namespace aihub::serve {
namespace {

// What gathers before it is written, but for a line that is longer by itself.
constexpr std::size_t usual_capacity = 36 * 1024;

std::string_view or_dash(std::string_view text) {
    return text.empty() ? "-" : text;
}

bool may_stall(int fd) {
    struct stat status{};
    return ::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode);
}

// What a line is made of, looked up once.
struct Fields {
    explicit Fields(const Exchange& x)
        : forwarded_for(or_dash(x.request.header("x-forwarded-for"))),
          referer(x.request.header("referer")),
          user_agent(or_dash(x.request.header("user-agent"))),
          user(x.caller          ? std::string_view(x.caller->user)
               : x.policy().auth ? "-"
                                 : "anonymous"),
          service(x.service ? std::string_view(x.service->config.name) : "-") {
        mask(x.request.target, uri_masked);
        mask(referer, referer_masked);
        referer = or_dash(referer_masked.empty() ? referer : std::string_view(referer_masked));
    }

    static void mask(std::string_view target, std::string& masked) {
        if (accesslog::may_hold_secrets(target)) accesslog::append_masked(masked, target);
    }

    // Bytes that the line takes at most; names, numbers and what has a fixed length within `fixed`.
    std::size_t room(const Exchange& x) const {
        constexpr std::size_t fixed = 1024;
        std::size_t texts = forwarded_for.size() + referer.size() + user_agent.size() + user.size() +
                            service.size() + uri(x).size() + x.request.method.size() +
                            x.client.remote_address().size() + x.request_id.size() +
                            x.upstream_address.size() + x.model.size() + x.reason.size() +
                            (x.caller ? x.caller->hint.size() + x.caller->key_id.size() : 0);
        return fixed + LogLine::room_for(texts);
    }
    std::string_view uri(const Exchange& x) const {
        return uri_masked.empty() ? x.request.target : std::string_view(uri_masked);
    }

    std::string_view forwarded_for;
    std::string_view referer;
    std::string_view user_agent;
    std::string_view user;
    std::string_view service;
    std::string uri_masked;
    std::string referer_masked;
};

void add_request(LogLine& line, const Exchange& x, const Fields& fields) {
    line.raw(R"(,"remote_addr":")").text(x.client.remote_address());
    line.raw(R"(","forwarded_for":")").text(fields.forwarded_for);
    line.raw(R"(","request_method":")").text(x.request.method);
    line.raw(R"(","request_uri":")").text(fields.uri(x));
    line.raw(R"(","status":)").number(static_cast<std::uint64_t>(x.status));
    line.raw(R"(,"request_time":)").thousandths((x.ended_ns - x.started_ns) / 1'000'000);
    line.raw(R"(,"body_bytes_sent":)").number(x.body_bytes_sent);
    line.raw(R"(,"bytes_sent":)").number(x.client.bytes_written() - x.bytes_at_start);
    line.raw(R"(,"http_referer":")").text(fields.referer);
    line.raw(R"(","user_agent":")").text(fields.user_agent);
    line.raw(R"(","api_key":")").text(x.caller ? std::string_view(x.caller->hint) : "-");
}

void add_upstream(LogLine& line, const Exchange& x) {
    line.raw(R"(","upstream_addr":")").text(x.upstream_address);
    line.raw(R"(","upstream_status":")");
    if (x.upstream_status > 0) line.number(static_cast<std::uint64_t>(x.upstream_status));
    line.raw(R"(","upstream_response_time":")");
    if (x.upstream_started_ns > 0) {
        std::int64_t end = x.upstream_ended_ns > 0 ? x.upstream_ended_ns : x.ended_ns;
        line.thousandths((end - x.upstream_started_ns) / 1'000'000);
    }
}

void add_caller(LogLine& line, const Exchange& x, const Fields& fields) {
    line.raw(R"(","request_id":")").text(x.request_id);
    line.raw(R"(","user":")").text(fields.user);
    line.raw(R"(","key_id":")").text(x.caller ? std::string_view(x.caller->key_id) : "-");
}

void add_service(LogLine& line, const Exchange& x, const Fields& fields) {
    line.raw(R"(","model":")").text(or_dash(x.model));
    line.raw(R"(","service":")").text(fields.service);
    line.raw(R"(","reason":")").text(or_dash(x.reason));
    line.raw(R"(","overhead_ms":)").thousandths(x.own_time_ns(x.ended_ns) / 1000);
    std::optional<std::uint64_t> first_byte_ms;
    if (x.first_byte_ns > 0)
        first_byte_ms = static_cast<std::uint64_t>((x.first_byte_ns - x.started_ns) / 1'000'000);
    line.raw(R"(,"ttft_ms":)").optional(first_byte_ms);
    TokenCounts counts = x.usage.counts();
    line.raw(R"(,"tokens_in":)").optional(counts.in);
    line.raw(R"(,"tokens_out":)").optional(counts.out);
}

// What the row of usage says beyond that: enough to make it again.
void add_usage(LogLine& line, const Exchange& x) {
    if (!x.metered) {
        line.raw(R"(,"cost_micro":null,"usage_id":null)");
        return;
    }
    const Metered& metered = *x.metered;
    if (metered.used.audio_ms > 0)
        line.raw(R"(,"audio_ms":)").number(static_cast<std::uint64_t>(metered.used.audio_ms));
    if (metered.used.characters > 0)
        line.raw(R"(,"characters":)").number(static_cast<std::uint64_t>(metered.used.characters));
    if (metered.estimated) line.raw(R"(,"estimated":true)");
    if (metered.charged) line.raw(R"(,"charged":true)");
    line.raw(R"(,"cost_micro":)").number(static_cast<std::uint64_t>(metered.cost_micro));
    line.raw(R"(,"usage_id":)").number(static_cast<std::uint64_t>(metered.id));
}

}  // namespace

Result<void> AccessLogFile::open(const std::string& path, QueuedOutput::Report dropped) {
    path_ = path;
    bool is_file = !path.empty() && path != "-";
    if (!is_file && !journal_folder_.empty())
        if (Result<void> opened = journal_.open(journal_folder_); !opened) return opened;
    if (path.empty()) return {};
    if (path == "-") {
        fd_ = STDOUT_FILENO;
        if (may_stall(fd_)) queue_ = std::make_unique<QueuedOutput>(fd_, std::move(dropped));
        return {};
    }
    return reopen();
}

void AccessLogFile::close() {
    queue_.reset();
    fd_ = -1;
}

Result<void> AccessLogFile::reopen() {
    if (path_.empty() || path_ == "-") return {};
    UniqueFd fresh(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640));
    if (!fresh)
        return Error(ErrorCode::io, "cannot write the access log " + path_ + ": " + std::strerror(errno),
                     "make its folder writable, or name another file with --access-log");
    if (fd_ < 0)
        fd_ = fresh.release();
    else
        ::dup3(fresh.get(), fd_, O_CLOEXEC);  // one step: the descriptor is never absent
    return {};
}

void AccessLogFile::write(std::string_view lines, std::span<const std::int64_t> usage) {
    if (!usage.empty()) journal_.add(lines, usage);
    if (queue_) return queue_->add(lines);
    while (!lines.empty() && fd_ >= 0) {
        ssize_t count = ::write(fd_, lines.data(), lines.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return;  // a full disk must not stop the gateway
        lines.remove_prefix(static_cast<std::size_t>(count));
    }
}

void AccessLogFile::let_go(std::span<const std::int64_t> usage) {
    if (journal_.is_open()) journal_.let_go(usage);
}

AccessLogBuffer::AccessLogBuffer(AccessLogFile& file)
    : file_(file), lines_(file.journal_folder(), usual_capacity) {}

void AccessLogBuffer::flush() {
    if (lines_.waiting() == 0) return;
    file_.write(std::string_view(lines_.begin(), lines_.waiting()), usage_);
    lines_.set_waiting(0);
    usage_.clear();
}

const std::string& AccessLogBuffer::time_text(std::int64_t now) {
    if (now / 1000 != time_second_) {
        time_second_ = now / 1000;
        time_ = local_iso8601(now);
    }
    return time_;
}

void AccessLogBuffer::add(const Exchange& x) {
    if (!file_.enabled() && !(x.metered && file_.keeps_usage())) return;
    Fields fields(x);
    char* begin = room(fields.room(x));
    LogLine line(begin);
    line.raw(R"({"time":")").text(time_text(x.ended_ms)).raw("\"");
    add_request(line, x, fields);
    add_upstream(line, x);
    add_caller(line, x, fields);
    add_service(line, x, fields);
    add_usage(line, x);
    line.raw("}\n");
    added(x, begin, line.end());
}

// Memory for a line of at most `size` bytes, behind those that wait.
char* AccessLogBuffer::room(std::size_t size) {
    if (lines_.waiting() + size > lines_.capacity()) flush();
    if (size <= lines_.capacity()) return lines_.begin() + lines_.waiting();
    long_line_.resize(size);
    return long_line_.data();
}

// A long line does not wait.
void AccessLogBuffer::added(const Exchange& x, const char* begin, const char* end) {
    if (x.metered && file_.keeps_usage()) usage_.push_back(x.metered->id);
    auto size = static_cast<std::size_t>(end - begin);
    if (long_line_.empty()) return lines_.set_waiting(lines_.waiting() + size);
    file_.write(std::string_view(begin, size), usage_);
    usage_.clear();
    long_line_ = std::string();
}

}  // namespace aihub::serve
