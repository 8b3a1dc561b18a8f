#include "tools/aihub-serve/streams/inner_call.hpp"

#include <array>
#include <limits>

#include "shared/base/strings.hpp"
#include "shared/http/chunked.hpp"
#include "tools/aihub-serve/pipeline/body_reader.hpp"
#include "tools/aihub-serve/streams/reply_decoder.hpp"

namespace aihub::serve {
namespace {

using net::BodyStep;

// The session inside refuses a body that stalls. So much later we give up waiting for it ourselves.
constexpr Milliseconds later{1000};
constexpr std::size_t head_room = 4096;

// What is about this connection, or about taking up; and a coding of the reply, in which no event could be
// seen.
bool stays_here(std::string_view name) {
    for (std::string_view own :
         {"x-aihub-resume", "last-event-id", "accept-encoding", "expect", "x-request-id"})
        if (iequals(name, own)) return true;
    return false;
}

std::string inner_head(const Exchange& x) {
    std::string head;
    head.reserve(1024);
    head.append(x.request.method).append(" ").append(x.request.target).append(" HTTP/1.1\r\n");
    for (const http::Header& header : x.request.headers)
        if (!stays_here(header.name)) head.append(header.line);
    head.append("X-Request-Id: ").append(x.request_id).append("\r\n\r\n");
    return head;
}

bool belongs_to_connection(std::string_view name) {
    return http::is_hop_by_hop(name) || iequals(name, "content-length");
}

}  // namespace

net::Task<const http::ResponseHead*> InnerCall::run() {
    x_.logged_inside = true;
    bool sent = co_await send();
    if (sent) watch_client();
    bool came = false;
    if (sent) came = co_await read_head();
    if (!came) reply_->close();
    co_return came ? &head_ : nullptr;
}

net::Task<bool> InnerCall::send() {
    if (!x_.body_is_whole) co_return co_await send_pieces(inner_head(x_));
    BodyReader reader(x_.request.header("content-type"));
    reader.feed(x_.whole_body);
    model_ = reader.model().value_or(std::string());
    std::string head = inner_head(x_);
    co_await reply_->write(head, x_.whole_body);  // when it is not taken, there is a refusal to be read
    co_return true;
}

// The session inside judges the body: what is wrong with it goes there as it is. False when the client has
// left.
net::Task<bool> InnerCall::send_pieces(std::string head) {
    BodyReader reader(x_.request.header("content-type"));
    x_.body.open(x_.request, std::numeric_limits<std::uint64_t>::max(), x_.policy().body_timeout + later);
    reply_->read_ahead(nullptr);
    bool taken = co_await send_piece(head, {}, false);
    while (taken) {
        bool answered = co_await head_is_here();
        if (answered) break;
        std::string_view piece;
        BodyStep step = co_await x_.body.next(piece);
        if (step == BodyStep::gone) {
            x_.client_gone = true;
            co_return false;
        }
        if (step == BodyStep::timed_out) break;
        if (step == BodyStep::malformed) {
            co_await reply_->write("this is no chunk\r\n");
            break;
        }
        reader.feed(piece);
        bool last = step == BodyStep::end;
        taken = co_await send_piece({}, last ? std::string_view() : piece, last);
        if (last) break;
    }
    if (!x_.body.ended()) x_.keep_alive = false;
    model_ = reader.model().value_or(std::string());
    co_return true;
}

net::Task<bool> InnerCall::send_piece(std::string_view head, std::string_view piece, bool last) {
    net::ErrorCode failed;
    if (x_.request.framing != http::Framing::chunked) {
        failed = co_await reply_->write(head, piece);
        co_return !failed;
    }
    std::array<char, 24> size{};
    std::size_t size_length = piece.empty() ? 0 : http::write_chunk_size(size.data(), piece.size());
    std::string end = piece.empty() ? "" : "\r\n";
    if (last) end += "0\r\n" + x_.body.trailers() + "\r\n";
    failed = co_await reply_->write(head, std::string_view(size.data(), size_length), piece, end);
    co_return !failed;
}

// A client that leaves before it knows of a stream cannot come again: the call ends with it.
void InnerCall::watch_client() {
    x_.client.read_ahead([this] {
        x_.client_gone = true;
        reply_->fail(boost::asio::error::operation_aborted);
    });
}

// Whether the head of the final reply has come; interim ones are passed on.
net::Task<bool> InnerCall::head_is_here() {
    while (!has_head_) {
        std::string_view pending = reply_->pending();
        std::size_t size = pending.empty() ? 0 : http::head_length(pending, scanned_);
        if (size == 0) break;
        scanned_ = 0;
        head_text_ = std::string(pending.substr(0, size));
        reply_->consume(size);
        if (http::parse_response_head(head_text_, x_.request.method, head_)) break;
        has_head_ = head_.status >= 200;
        if (!has_head_) co_await x_.client.write(head_text_);
    }
    co_return has_head_;
}

net::Task<bool> InnerCall::read_head() {
    for (;;) {
        bool here = co_await head_is_here();
        if (here) co_return head_.framing != http::Framing::until_close;
        reply_->make_room(reply_->pending().size() + head_room);
        net::ErrorCode failed = co_await reply_->more(Milliseconds(0));
        if (failed) co_return false;
    }
}

net::Task<void> InnerCall::pass_on() {
    x_.status = head_.status;
    x_.answering = true;
    ReplyDecoder decoder(head_);
    std::string_view head = head_text_;
    bool whole = head_.framing == http::Framing::none;
    net::ErrorCode failed;
    if (whole) failed = co_await x_.client.write(head);
    while (!whole && !failed) {
        std::string_view left = reply_->pending();
        std::string_view payload;
        ReplyDecoder::Step step = ReplyDecoder::Step::payload;
        while (step == ReplyDecoder::Step::payload) step = decoder.step(left, payload);
        std::size_t used = reply_->pending().size() - left.size();
        failed = co_await x_.client.write(std::exchange(head, {}), reply_->pending().substr(0, used));
        x_.body_bytes_sent += used;
        reply_->consume(used);
        whole = step == ReplyDecoder::Step::done;
        if (failed || whole || step == ReplyDecoder::Step::malformed) break;
        failed = co_await reply_->more(Milliseconds(0));
    }
    x_.keep_alive = x_.keep_alive && whole && !failed && head_.keep_alive;
    reply_->close();
}

std::string InnerCall::head_for_events(const std::string& stream_id) const {
    std::string head = "HTTP/1.1 200 OK\r\n";
    for (const http::Header& header : head_.headers)
        if (!belongs_to_connection(header.name)) head.append(header.line);
    return head + "X-Aihub-Stream: " + stream_id + "\r\n";
}

net::WirePtr InnerCall::take_body() {
    x_.client.stop_watching();
    return std::move(reply_);
}

}  // namespace aihub::serve
