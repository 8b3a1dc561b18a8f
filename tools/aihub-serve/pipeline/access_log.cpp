#include "tools/aihub-serve/pipeline/access_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "shared/base/clock.hpp"
#include "shared/base/files.hpp"
#include "shared/base/strings.hpp"
#include "tools/aihub-serve/pipeline/exchange.hpp"

namespace aihub::serve {
namespace {

constexpr std::size_t flush_size = 32 * 1024;

void add_text(std::string& line, std::string_view name, std::string_view value) {
    line.append(",\"").append(name).append("\":\"");
    append_json_escaped(line, value);
    line.push_back('"');
}

void add_number(std::string& line, std::string_view name, std::uint64_t value) {
    std::array<char, 24> digits{};
    char* end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    line.append(",\"").append(name).append("\":").append(digits.data(), end);
}

// Nanoseconds as nginx writes times: seconds with three decimals.
void add_seconds(std::string& line, std::int64_t ns) {
    std::array<char, 24> digits{};
    std::int64_t ms = ns / 1'000'000;
    char* end = std::to_chars(digits.data(), digits.data() + digits.size(), ms / 1000).ptr;
    line.append(digits.data(), end).push_back('.');
    for (std::int64_t unit = 100; unit > 0; unit /= 10)
        line.push_back(static_cast<char>('0' + ms / unit % 10));
}

// With three decimals.
void add_milliseconds(std::string& line, std::int64_t ns) {
    add_seconds(line, std::max<std::int64_t>(0, ns) * 1000);
}

void add_optional(std::string& line, std::string_view name, std::optional<std::uint64_t> value) {
    if (value)
        add_number(line, name, *value);
    else
        line.append(",\"").append(name).append("\":null");
}

std::string_view or_dash(std::string_view text) {
    return text.empty() ? "-" : text;
}

bool is_secret(std::string_view encoded) {
    std::string name = decode_percent(encoded).value_or(std::string(encoded));
    for (std::string_view secret : {"api_key", "access_token", "key", "token", "api-key"})
        if (iequals(name, secret)) return true;
    return false;
}

bool may_stall(int fd) {
    struct stat status{};
    return ::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode);
}

void add_upstream(std::string& line, const Exchange& x) {
    add_text(line, "upstream_addr", x.upstream_address);
    line.append(",\"upstream_status\":\"");
    if (x.upstream_status > 0) line.append(std::to_string(x.upstream_status));
    line.push_back('"');
    line.append(",\"upstream_response_time\":\"");
    if (x.upstream_started_ns > 0) {
        std::int64_t end = x.upstream_ended_ns > 0 ? x.upstream_ended_ns : steady_ns();
        add_seconds(line, end - x.upstream_started_ns);
    }
    line.push_back('"');
}

void add_caller(std::string& line, const Exchange& x) {
    add_text(line, "request_id", x.request_id);
    add_text(line, "user", x.caller ? std::string_view(x.caller->user) : x.policy().auth ? "-" : "anonymous");
    add_text(line, "key_id", x.caller ? std::string_view(x.caller->key_id) : "-");
    add_text(line, "model", or_dash(x.model));
    add_text(line, "service", x.service ? std::string_view(x.service->config.name) : "-");
    add_text(line, "reason", or_dash(x.reason));
    line.append(",\"overhead_ms\":");
    add_milliseconds(line, x.own_time_ns());
    if (x.first_byte_ns > 0)
        add_number(line, "ttft_ms", static_cast<std::uint64_t>((x.first_byte_ns - x.started_ns) / 1'000'000));
    else
        line.append(",\"ttft_ms\":null");
    TokenCounts counts = x.usage.counts();
    add_optional(line, "tokens_in", counts.in);
    add_optional(line, "tokens_out", counts.out);
}

}  // namespace

Result<void> AccessLogFile::open(const std::string& path, QueuedOutput::Report dropped) {
    path_ = path;
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

void AccessLogFile::write(std::string_view lines) const {
    if (queue_) return queue_->add(lines);
    while (!lines.empty()) {
        ssize_t count = ::write(fd_, lines.data(), lines.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return;  // a full disk must not stop the gateway
        lines.remove_prefix(static_cast<std::size_t>(count));
    }
}

void AccessLogBuffer::flush() {
    if (lines_.empty()) return;
    file_.write(lines_);
    lines_.clear();
}

const std::string& AccessLogBuffer::time_text() {
    std::int64_t now = now_ms();
    if (now / 1000 != time_second_) {
        time_second_ = now / 1000;
        time_ = local_iso8601(now);
    }
    return time_;
}

void AccessLogBuffer::add(const Exchange& x) {
    if (!file_.enabled()) return;
    const http::RequestHead& request = x.request;
    std::string& line = lines_;
    line.append("{\"time\":\"").append(time_text()).push_back('"');
    add_text(line, "remote_addr", x.client.remote_address());
    add_text(line, "forwarded_for", or_dash(request.header("x-forwarded-for")));
    add_text(line, "request_method", request.method);
    add_text(line, "request_uri", masked_target(request.target));
    add_number(line, "status", static_cast<std::uint64_t>(x.status));
    line.append(",\"request_time\":");
    add_seconds(line, steady_ns() - x.started_ns);
    add_number(line, "body_bytes_sent", x.body_bytes_sent);
    add_number(line, "bytes_sent", x.client.bytes_written() - x.bytes_at_start);
    add_text(line, "http_referer", or_dash(masked_target(request.header("referer"))));
    add_text(line, "user_agent", or_dash(request.header("user-agent")));
    add_text(line, "api_key", x.caller ? std::string_view(x.caller->hint) : "-");
    add_upstream(line, x);
    add_caller(line, x);
    line.append("}\n");
    if (line.size() > flush_size) flush();
}

std::string masked_target(std::string_view target) {
    std::string out;
    std::size_t mark = target.find('?');
    std::string_view path = target.substr(0, mark);
    constexpr std::string_view live = "/v1/audio/live/";
    if (std::size_t at = path.find(live); at != std::string_view::npos) {
        std::string_view rest = path.substr(at + live.size());
        bool socket = rest.starts_with("ws/");
        out.append(path.substr(0, at)).append(live).append(socket ? "ws/***" : "***");
    } else {
        out.append(path);
    }
    if (mark == std::string_view::npos) return out;
    char separator = '?';
    for (std::string_view pair : split(target.substr(mark + 1), '&')) {
        std::string_view name = pair.substr(0, pair.find('='));
        out.push_back(separator);
        if (is_secret(name) && name.size() < pair.size())
            out.append(name).append("=***");
        else
            out.append(pair);
        separator = '&';
    }
    return out;
}

}  // namespace aihub::serve
