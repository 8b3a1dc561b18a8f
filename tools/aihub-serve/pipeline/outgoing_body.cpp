#include "tools/aihub-serve/pipeline/outgoing_body.hpp"

namespace aihub::serve {

using net::BodyStep;

Problem body_problem(BodyStep step) {
    switch (step) {
        case BodyStep::too_large:
            return Problem(
                413,
                "the request body is larger than this path allows; the limits are the settings body_limit, "
                "audio_body_limit and each service's body_limit",
                "request_too_large");
        case BodyStep::timed_out:
            return Problem(408, "the request body stopped coming; send it again", "request_timeout");
        case BodyStep::lost:
            return Problem(500,
                           "the request body could not be kept on disk; see the settings spool_dir and "
                           "spool_memory, and the free space",
                           "spool_failed");
        default:
            return Problem(
                400, "the request body is malformed: its chunked framing is wrong, or it names `model` twice",
                "invalid_body");
    }
}

void OutgoingBody::open(std::uint64_t limit, Keep keep) {
    limits_ = x_.policy().spool;
    if (keep == Keep::in_memory) limits_.folder.clear();
    limits_.total = std::max(limits_.total, limit);
    if (!x_.body_is_whole) x_.body.open(x_.request, limit, x_.policy().body_timeout);
    finished_ = x_.request.framing == http::Framing::none;
}

void OutgoingBody::read_for_model() {
    reader_.emplace(x_.request.header("content-type"));
    if (x_.body_is_whole) reader_->feed(x_.whole_body);
}

net::Task<BodyStep> OutgoingBody::take(std::string_view& piece) {
    BodyStep step = co_await x_.body.next(piece);
    if (step == BodyStep::piece) {
        if (reader_) reader_->feed(piece);
        if (reader_ && reader_->ambiguous() && x_.upstream) co_return BodyStep::malformed;
        co_await spool_.add(piece);
    }
    co_return step;
}

net::Task<BodyStep> OutgoingBody::prefetch() {
    std::string_view piece;
    co_return co_await take(piece);
}

net::Task<BodyStep> OutgoingBody::next(std::string_view& piece) {
    piece = {};
    if (finished_) co_return BodyStep::end;
    if (x_.body_is_whole) {
        piece = x_.whole_body;
        finished_ = true;
        co_return BodyStep::piece;
    }
    if (offset_ < spool_.size()) {
        bool sound = co_await spool_.read(offset_, buffer_, piece);
        if (!sound) co_return BodyStep::lost;
        offset_ += piece.size();
        co_return BodyStep::piece;
    }
    BodyStep step = co_await take(piece);
    offset_ += piece.size();
    if (step == BodyStep::end) finished_ = true;
    co_return step;
}

bool OutgoingBody::rewind() {
    if (!kept_all()) return false;
    offset_ = 0;
    finished_ = x_.request.framing == http::Framing::none;
    return true;
}

}  // namespace aihub::serve
