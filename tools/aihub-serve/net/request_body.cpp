#include "tools/aihub-serve/net/request_body.hpp"

#include <algorithm>

namespace aihub::net {

void RequestBody::open(const http::RequestHead& head, std::uint64_t limit, Milliseconds timeout) {
    framing_ = head.framing;
    left_ = head.content_length;
    limit_ = limit;
    timeout_ = timeout;
    expects_continue_ = head.expect_continue;
    ended_ = framing_ == http::Framing::none;
}

BodyStep RequestBody::finish() {
    ended_ = true;
    return BodyStep::end;
}

Task<BodyStep> RequestBody::wait_for_bytes() {
    ErrorCode failed = co_await client_.more(timeout_);
    if (!failed) co_return BodyStep::piece;
    co_return failed == asio::error::timed_out ? BodyStep::timed_out : BodyStep::gone;
}

Task<BodyStep> RequestBody::next(std::string_view& piece) {
    client_.consume(std::exchange(in_hand_, 0));
    if (ended_) co_return BodyStep::end;
    if (framing_ == http::Framing::length && left_ > limit_) co_return BodyStep::too_large;
    started_ = true;
    if (std::exchange(expects_continue_, false) && client_.pending().empty()) {
        ErrorCode failed = co_await client_.write("HTTP/1.1 100 Continue\r\n\r\n");
        if (failed) co_return BodyStep::gone;
    }
    if (framing_ == http::Framing::length) co_return co_await next_of_length(piece);
    co_return co_await next_chunk(piece);
}

Task<BodyStep> RequestBody::next_of_length(std::string_view& piece) {
    if (left_ == 0) co_return finish();
    if (client_.pending().empty()) {
        BodyStep step = co_await wait_for_bytes();
        if (step != BodyStep::piece) co_return step;
    }
    std::string_view pending = client_.pending();
    piece = pending.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, pending.size())));
    in_hand_ = piece.size();
    left_ -= piece.size();
    co_return BodyStep::piece;
}

Task<BodyStep> RequestBody::next_chunk(std::string_view& piece) {
    for (;;) {
        std::string_view input = client_.pending();
        std::size_t before = input.size();
        http::ChunkDecoder::Step step = decoder_.step(input, piece);
        std::size_t used = before - input.size();
        if (step == http::ChunkDecoder::Step::payload) {
            in_hand_ = used;
            taken_ += piece.size();
            co_return taken_ > limit_ ? BodyStep::too_large : BodyStep::piece;
        }
        client_.consume(used);
        if (step == http::ChunkDecoder::Step::done) co_return finish();
        if (step == http::ChunkDecoder::Step::malformed) co_return BodyStep::malformed;
        BodyStep waited = co_await wait_for_bytes();
        if (waited != BodyStep::piece) co_return waited;
    }
}

}  // namespace aihub::net
