#include "tools/aihub-serve/pipeline/keep_alive.hpp"

#include <algorithm>

#include "tools/aihub-serve/pipeline/chunk_frame.hpp"
#include "tools/aihub-serve/pipeline/heads.hpp"

namespace aihub::serve {

// A reply to HEAD has no body, and a head of ours could not be followed by one that switches protocols.
Milliseconds comment_interval(const Exchange& x) {
    bool possible = x.wants_events && x.request.method == "POST" && x.request.upgrade.empty();
    return possible ? x.policy().stream_keepalive : Milliseconds(0);
}

std::string_view comment_of(const Exchange& x) {
    return x.dialect == Dialect::anthropic ? "event: ping\ndata: {\"type\": \"ping\"}\n\n"
                                           : ": keep-alive\n\n";
}

// A line of its own before the event, since clients pass over comments (HTML standard, 9.2.6).
std::string comment_of_place(const Exchange& x, std::size_t place, std::size_t of) {
    std::string line = ": queued, place " + std::to_string(place) + " of " + std::to_string(of) + "\n";
    return line.append(x.dialect == Dialect::anthropic ? comment_of(x) : "\n");
}

net::Task<net::ErrorCode> write_event_stream(Exchange& x, std::string_view content_type,
                                             std::string_view payload, bool last) {
    bool chunked = x.request.minor_version == 1;
    std::string head;
    if (!x.begun) {
        if (!chunked || x.worker.draining) x.keep_alive = false;
        head = own_stream_head(x, content_type, chunked);
        x.begun = x.answering = true;
        x.status = 200;
    }
    ChunkFrame frame(chunked, payload);
    std::string end(frame.after());
    if (chunked && last) end += "0\r\n\r\n";
    net::ErrorCode failed = co_await x.client.write(head, frame.before(), payload, end);
    if (!failed) x.body_bytes_sent += payload.size();
    co_return failed;
}

net::Task<net::ErrorCode> write_comment(Exchange& x, std::string comment) {
    net::ErrorCode failed = co_await write_event_stream(x, "text/event-stream", comment, false);
    if (failed) x.client_gone = true;
    co_return failed;
}

net::Task<net::ErrorCode> more_with_comments(net::Wire& server, Milliseconds patience, Milliseconds interval,
                                             std::function<net::Task<net::ErrorCode>()> write) {
    net::ErrorCode failed = co_await server.more(until_comment(patience, interval));
    if (failed == boost::asio::error::timed_out)
        failed = co_await outlast_silence(server, patience, interval, std::move(write));
    co_return failed;
}

net::Task<net::ErrorCode> outlast_silence(net::Wire& server, Milliseconds patience, Milliseconds interval,
                                          std::function<net::Task<net::ErrorCode>()> write) {
    std::int64_t end = net::steady_ms() + patience.count() - interval.count();
    Milliseconds left = patience;
    while (is_comment_first(left, interval)) {
        std::size_t arrived = server.pending().size();
        net::ErrorCode lost = co_await write();
        if (lost) co_return boost::asio::error::operation_aborted;
        if (server.pending().size() > arrived) co_return net::ErrorCode{};  // while the comment was written
        if (patience.count() > 0) left = Milliseconds(std::max<std::int64_t>(1, end - net::steady_ms()));
        net::ErrorCode failed = co_await server.more(until_comment(left, interval));
        if (failed != boost::asio::error::timed_out) co_return failed;
    }
    co_return boost::asio::error::timed_out;
}

net::Task<net::ErrorCode> await_server(Exchange& x, net::Wire& server, Milliseconds patience) {
    return more_with_comments(server, patience, comment_interval(x),
                              [&x] { return write_comment(x, std::string(comment_of(x))); });
}

}  // namespace aihub::serve
