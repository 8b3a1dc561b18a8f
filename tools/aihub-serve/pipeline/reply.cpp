// Replies of the gateway's own, and the CORS headers that browsers want on them and on relayed ones.
#include <chrono>

#include "shared/base/clock.hpp"
#include "shared/base/glob.hpp"
#include "tools/aihub-serve/pipeline/exchange.hpp"
#include "tools/aihub-serve/pipeline/keep_alive.hpp"

namespace aihub::serve {
namespace {

constexpr std::size_t longest_origin = 256;

bool must_have_no_body(int status) {
    return status < 200 || status == 204 || status == 304;
}

// The head has gone out already: the refusal is the last event of its stream.
net::Task<void> refuse_in_stream(Exchange& x, const Problem& problem) {
    x.keep_alive = false;
    std::string event = stream_error(x.dialect, "text/event-stream", problem.message, true);
    net::ErrorCode failed = co_await write_event_stream(x, "text/event-stream", event, true);
    if (failed) x.client_gone = true;
}

}  // namespace

std::int64_t steady_ns() {
    auto since = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

std::string cors_headers(const Exchange& x) {
    if (x.room != Room::root) return {};
    std::string_view origin = x.request.header(http::Field::origin);
    if (origin.empty() || origin.size() > longest_origin) return {};
    for (const std::string& allowed : x.policy().cors_origins) {
        if (allowed == "*") return "Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: *\r\n";
        if (matches_glob(origin, allowed))  // "http://192.168.*", as OLLAMA_ORIGINS has it
            return "Access-Control-Allow-Origin: " + std::string(origin) +
                   "\r\nAccess-Control-Expose-Headers: *\r\nVary: Origin\r\n";
    }
    return {};
}

net::Task<void> answer(Exchange& x, Reply reply) {
    x.status = reply.status;
    x.answering = true;
    if (x.worker.draining) x.keep_alive = false;
    std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " " + reason_phrase(reply.status) +
                       "\r\nDate: " + http_date(now_ms()) + "\r\nX-Request-Id: " + x.request_id + "\r\n";
    if (!must_have_no_body(reply.status)) {
        head += "Content-Type: " + reply.content_type +
                "\r\nContent-Length: " + std::to_string(reply.body.size()) + "\r\n";
    }
    head += reply.headers + cors_headers(x);
    if (!x.keep_alive)
        head += "Connection: close\r\n";
    else if (x.request.minor_version == 0)
        head += "Connection: keep-alive\r\n";
    head += "\r\n";
    std::string_view body =
        x.request.method == "HEAD" || must_have_no_body(reply.status) ? std::string_view() : reply.body;
    net::ErrorCode failed = co_await x.client.write(head, body);
    if (failed) {
        x.keep_alive = false;
        x.client_gone = true;
        co_return;
    }
    x.body_bytes_sent += body.size();
}

net::Task<void> refuse(Exchange& x, Problem problem, std::string headers) {
    if (x.begun) co_return co_await refuse_in_stream(x, problem);
    Reply reply;
    reply.headers = std::move(headers);
    reply.status = problem.status;
    reply.body = error_body(x.dialect, problem, x.request_id);
    if (problem.status == 405) reply.headers += "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n";
    if (problem.status == 401) reply.headers += "WWW-Authenticate: Bearer realm=\"aihub\"\r\n";
    bool may_come_again = problem.status == 503 || problem.status == 429;
    if (may_come_again && reply.headers.find("Retry-After") == std::string::npos)
        reply.headers += "Retry-After: 1\r\n";
    co_await answer(x, std::move(reply));
}

}  // namespace aihub::serve
