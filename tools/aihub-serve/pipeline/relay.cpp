#include "tools/aihub-serve/pipeline/relay.hpp"

#include <algorithm>
#include <cstring>

#include "shared/base/strings.hpp"
#include "tools/aihub-serve/pipeline/chunk_frame.hpp"
#include "tools/aihub-serve/pipeline/heads.hpp"
#include "tools/aihub-serve/pipeline/inference.hpp"
#include "tools/aihub-serve/pipeline/keep_alive.hpp"
#include "tools/aihub-serve/pipeline/stream_usage_filter.hpp"

namespace aihub::serve {
namespace {

using http::Framing;
using translate::Api;

class Relay {
public:
    Relay(Exchange& x, net::Wire& upstream, const http::ResponseHead& response, Milliseconds idle_timeout,
          bool asked_for_usage)
        : content_type_(response.header("content-type")),
          left_(response.content_length),
          encoded_(!response.header("content-encoding").empty()),
          x_(x),
          upstream_(upstream),
          framing_(response.framing),
          idle_timeout_(idle_timeout) {
        bool is_readable_stream = !encoded_ && istarts_with(content_type_, "text/event-stream");
        if (asked_for_usage && response.status == 200 && framing_ != Framing::none && is_readable_stream)
            filter_.emplace();
        bool grows = framing_ == Framing::chunked || framing_ == Framing::until_close;
        if (grows && is_readable_stream) comments_ = comment_interval(x);
        bool of_unknown_length = grows || filter_;
        chunked_ = of_unknown_length && x.request.minor_version == 1;
        if (x.worker.draining) x.keep_alive = false;
        if (of_unknown_length && !chunked_)
            x.keep_alive = false;  // HTTP/1.0: the end of the connection is the end
        head_ = client_head(x, response, chunked_, !filter_);
        x.usage.begin(counted_api(x, response.status), encoded_ ? std::string_view() : content_type_);
        if (is_transcription(x) && !encoded_) x.usage.expect_transcript();
    }

    net::Task<RelayEnd> run(std::size_t head_size) {
        upstream_.consume(head_size);
        x_.answering = true;
        RelayEnd end = RelayEnd::complete;
        if (framing_ == Framing::none) end = co_await send({}, true);
        if (framing_ == Framing::length) end = co_await relay_length();
        if (framing_ == Framing::chunked) end = co_await relay_chunks();
        if (framing_ == Framing::until_close) end = co_await relay_until_close();
        if (end == RelayEnd::server_broke) co_await tell_of_break();
        co_return end;
    }

private:
    // Waits for bytes of the server.
    net::Task<bool> wait() {
        net::ErrorCode failed;
        if (!head_.empty()) failed = co_await flush_head();
        if (failed) co_return false;
        failed = co_await upstream_.more(until_comment(idle_timeout_, comment_pause()));
        if (failed) failed = co_await outlast(failed);
        co_return !failed;
    }

    // The wait was in vain: nothing came for a while, or nothing will.
    net::Task<net::ErrorCode> outlast(net::ErrorCode failed) {
        if (failed == boost::asio::error::timed_out)
            failed = co_await outlast_silence(upstream_, idle_timeout_, comment_pause(),
                                              [this] { return write_comment(); });
        silent_ = failed == boost::asio::error::timed_out;
        co_return failed;
    }

    // Comments stand between two events.
    Milliseconds comment_pause() const { return at_event_start_ ? comments_ : Milliseconds(0); }

    // No part of the server's reply: it counts for nothing.
    net::Task<net::ErrorCode> write_comment() {
        std::string_view comment = comment_of(x_);
        frame_ = ChunkFrame(chunked_, comment);
        failed_ = co_await x_.client.write(frame_.before(), comment, frame_.after());
        client_failed_ = static_cast<bool>(failed_);
        co_return failed_;
    }

    // Nothing more is here: what we have of the head must not wait for a body that is not there yet.
    net::Task<net::ErrorCode> flush_head() {
        std::string head = std::exchange(head_, {});
        net::ErrorCode failed = co_await x_.client.write(head);
        client_failed_ = static_cast<bool>(failed);
        co_return failed;
    }

    RelayEnd failed_side() const {
        return x_.client_gone || client_failed_ ? RelayEnd::client_left : RelayEnd::server_broke;
    }

    // Writes what is left of the head, the payload in the client's coding and, when `last`, the end of the
    // body.
    net::Task<RelayEnd> send(std::string_view payload, bool last) {
        if (!try_send(payload, last)) co_await send_rest();
        co_return sent();
    }

    // The same in two steps: false means that send_rest() has to follow; sent() then says how it ended.
    // `arrived`: the bytes of the server that the piece was in.
    bool try_send(std::string_view piece, bool last, std::string_view arrived = {}) {
        if (!piece.empty()) note(piece);
        return try_write(filter_ ? filter_->feed(piece, last) : piece, last, arrived);
    }

    bool try_write(std::string_view payload, bool last, std::string_view arrived = {}) {
        if (!payload.empty()) at_event_start_ = ends_here(payload);
        frame_ = ChunkFrame(chunked_, payload);
        sending_ = payload.size();
        sent_head_.clear();
        if (!head_.empty()) sent_head_.swap(head_);
        if (frame_.is_around(payload, arrived)) return x_.client.try_write(failed_, sent_head_, arrived);
        std::string_view end = frame_.after();
        if (chunked_ && last) end = end_ = std::string(end) + "0\r\n" + decoder_.trailers() + "\r\n";
        return x_.client.try_write(failed_, sent_head_, frame_.before(), payload, end);
    }

    net::Task<void> send_rest() { failed_ = co_await x_.client.write_rest(); }

    RelayEnd sent() {
        client_failed_ = static_cast<bool>(failed_);
        if (!client_failed_) x_.body_bytes_sent += sending_;
        return client_failed_ ? RelayEnd::client_left : RelayEnd::complete;
    }

    void note(std::string_view piece) {
        if (x_.first_byte_ns == 0) x_.first_byte_ns = steady_ns();
        x_.usage.feed(piece);
    }

    bool ends_here(std::string_view payload) const {
        return ends_event(payload) || (payload.ends_with('\n') && !content_type_.starts_with("text/"));
    }

    net::Task<RelayEnd> relay_length() {
        while (left_ > 0) {
            std::string_view pending = upstream_.pending();
            if (pending.empty()) {
                bool more = co_await wait();
                if (!more) co_return failed_side();
                continue;
            }
            std::string_view piece =
                pending.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, pending.size())));
            if (!try_send(piece, filter_ && piece.size() == left_)) co_await send_rest();
            if (RelayEnd end = sent(); end != RelayEnd::complete) co_return end;
            left_ -= piece.size();
            upstream_.consume(piece.size());
        }
        co_return RelayEnd::complete;
    }

    net::Task<RelayEnd> relay_until_close() {
        for (;;) {
            std::string_view piece = upstream_.pending();
            if (!piece.empty()) {
                RelayEnd end = co_await send(piece, false);
                if (end != RelayEnd::complete) co_return end;
                upstream_.consume(piece.size());
            }
            bool more = co_await wait();
            if (!more && upstream_.failure() == asio_eof && !x_.client_gone)
                co_return co_await send({}, true);
            if (!more) co_return failed_side();
        }
    }

    // All payload of what has arrived, moved together at the front of the server's buffer: many small chunks
    // that came at once leave as one. `consumed` is what to take off the buffer after the payload was sent.
    http::ChunkDecoder::Step gather(std::string_view& payload, std::size_t& consumed) {
        std::string_view input = upstream_.pending();
        char* begin = upstream_.pending_bytes();
        char* end = begin;
        std::size_t arrived = input.size();
        std::string_view piece;
        http::ChunkDecoder::Step step = http::ChunkDecoder::Step::payload;
        const char* first = nullptr;
        while ((step = decoder_.step(input, piece)) == http::ChunkDecoder::Step::payload) {
            if (!first) {
                first = piece.data();  // a single chunk stays where it is
                end = begin + (piece.data() - begin) + piece.size();
                continue;
            }
            std::memmove(end, piece.data(), piece.size());
            end += piece.size();
        }
        if (first) payload = std::string_view(first, static_cast<std::size_t>(end - first));
        consumed = arrived - input.size();
        return step;
    }

    net::Task<RelayEnd> relay_chunks() {
        for (;;) {
            std::string_view payload;
            std::size_t consumed = 0;
            http::ChunkDecoder::Step step = gather(payload, consumed);
            bool done = step == http::ChunkDecoder::Step::done;
            if (!payload.empty() || done) {
                if (!try_send(payload, done, upstream_.pending().substr(0, consumed))) co_await send_rest();
                RelayEnd end = sent();
                if (end != RelayEnd::complete || done) {
                    upstream_.consume(consumed);
                    co_return end;
                }
            }
            upstream_.consume(consumed);
            if (step == http::ChunkDecoder::Step::malformed) co_return RelayEnd::server_broke;
            // As wait() does, without a coroutine for each chunk.
            net::ErrorCode failed;
            if (!head_.empty()) failed = co_await flush_head();
            if (failed) co_return failed_side();
            if (upstream_.begin_more(until_comment(idle_timeout_, comment_pause()), failed)) {
                co_await upstream_.arrival();
                failed = upstream_.end_more();
            }
            if (failed) failed = co_await outlast(failed);
            if (failed) co_return failed_side();
        }
    }

    // The reply must not look complete: an error event where the dialect has one, then no end of the body.
    net::Task<void> tell_of_break() {
        x_.keep_alive = false;
        bool has_length = framing_ == Framing::length && !filter_;
        x_.must_reset = !chunked_ && !has_length;
        std::string reason = silent_ ? "the model server fell silent in the middle of its reply"
                                     : "the model server broke off in the middle of its reply";
        std::string rest(filter_ ? filter_->feed({}, true) : std::string_view());
        if (!rest.empty()) at_event_start_ = ends_here(rest);
        if (!has_length && !encoded_)
            rest += stream_error(x_.dialect, content_type_, reason, at_event_start_);
        if (rest.empty() && head_.empty()) co_return;
        if (!try_write(rest, false)) co_await send_rest();
        sent();
    }

    static constexpr auto asio_eof = boost::asio::error::eof;

    // In the order of use: what each piece needs lies together.
    std::string content_type_;
    std::uint64_t left_;
    bool encoded_;     // compressed: nothing of ours can stand between its bytes
    std::string end_;  // of the last write
    std::optional<StreamUsageFilter> filter_;

    Exchange& x_;
    net::Wire& upstream_;
    Framing framing_;
    bool chunked_ = false;
    bool client_failed_ = false;
    bool silent_ = false;  // the server, for longer than it may
    bool at_event_start_ = true;
    Milliseconds idle_timeout_;
    Milliseconds comments_{0};  // the silence after which one is due; 0: none, it could stand nowhere
    http::ChunkDecoder decoder_;
    std::string head_;  // until it is written, together with the first piece

    // Of the write under way: what it points to.
    std::string sent_head_;
    ChunkFrame frame_;
    std::size_t sending_ = 0;
    net::ErrorCode failed_;
};

}  // namespace

std::optional<translate::Api> counted_api(const Exchange& x, int status) {
    if (status != 200 || x.request.method != "POST") return std::nullopt;
    std::string_view path = std::string_view(x.upstream_target).substr(0, x.upstream_target.find('?'));
    std::optional<Api> api = translate::api_of(path);
    return api || x.room != Room::prefix ? api : kindred_api(x);
}

net::Task<RelayEnd> relay(Exchange& x, net::Wire& upstream, const http::ResponseHead& response,
                          std::size_t head_size, Milliseconds idle_timeout, bool asked_for_usage) {
    Relay relay(x, upstream, response, idle_timeout, asked_for_usage);
    co_return co_await relay.run(head_size);
}

}  // namespace aihub::serve
