#include "tools/aihub-serve/pipeline/reply_body.hpp"

#include <algorithm>

#include "tools/aihub-serve/pipeline/keep_alive.hpp"

namespace aihub::serve {

using http::Framing;

ReplyBody::ReplyBody(Exchange& x, net::Wire& server, const http::ResponseHead& head, std::size_t head_size,
                     Milliseconds idle_timeout)
    : x_(x),
      server_(server),
      framing_(head.framing),
      left_(head.content_length),
      idle_timeout_(idle_timeout) {
    server_.consume(head_size);
}

ReplyBody::Step ReplyBody::take_chunk(std::string_view& piece) {
    std::string_view input = server_.pending();
    std::size_t arrived = input.size();
    http::ChunkDecoder::Step step = decoder_.step(input, piece);
    std::size_t used = arrived - input.size();
    if (step == http::ChunkDecoder::Step::payload) {
        in_hand_ = used;
        return Step::piece;
    }
    server_.consume(used);
    if (step == http::ChunkDecoder::Step::done) return Step::end;
    return step == http::ChunkDecoder::Step::malformed ? Step::broken : Step::silent;
}

// `silent` when more has to arrive first.
ReplyBody::Step ReplyBody::take(std::string_view& piece) {
    if (framing_ == Framing::none || (framing_ == Framing::length && left_ == 0)) return Step::end;
    if (server_.pending().empty()) return Step::silent;
    if (framing_ == Framing::chunked) return take_chunk(piece);
    piece = server_.pending();
    if (framing_ == Framing::length)
        piece = piece.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, piece.size())));
    in_hand_ = piece.size();
    left_ -= framing_ == Framing::length ? piece.size() : 0;
    return Step::piece;
}

net::Task<ReplyBody::Step> ReplyBody::next(std::string_view& piece, bool may_comment) {
    server_.consume(std::exchange(in_hand_, 0));
    for (;;) {
        piece = {};
        Step step = take(piece);
        if (step != Step::silent) co_return step;
        net::ErrorCode failed;
        if (may_comment)
            failed = co_await await_server(x_, server_, idle_timeout_);
        else
            failed = co_await server_.more(idle_timeout_);
        if (!failed) continue;
        if (failed == boost::asio::error::timed_out) co_return Step::silent;
        bool ended = framing_ == Framing::until_close && server_.failure() == boost::asio::error::eof;
        co_return ended && !x_.client_gone ? Step::end : Step::broken;
    }
}

net::Task<ReplyBody::Step> ReplyBody::collect(std::string& text, std::size_t limit) {
    for (;;) {
        std::string_view piece;
        Step step = co_await next(piece);
        if (step != Step::piece) co_return step;
        if (text.size() + piece.size() > limit) co_return Step::broken;
        text.append(piece);
    }
}

}  // namespace aihub::serve
