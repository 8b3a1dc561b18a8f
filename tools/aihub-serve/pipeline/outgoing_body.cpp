#include "tools/aihub-serve/pipeline/outgoing_body.hpp"

#include "shared/base/strings.hpp"

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

// What came whole is the client's buffer itself; what came in pieces is put together once.
net::Task<BodyStep> OutgoingBody::collect(std::string_view& text) {
    if (x_.body_is_whole) {
        text = x_.whole_body;
        co_return BodyStep::end;
    }
    while (!prefetched_all() && kept_all()) {
        BodyStep step = co_await prefetch();
        if (step != BodyStep::piece && step != BodyStep::end) co_return step;
    }
    if (!kept_all()) co_return BodyStep::lost;
    collected_.reserve(static_cast<std::size_t>(spool_.size()));
    while (collected_.size() < spool_.size()) {
        std::string_view piece;
        bool sound = co_await spool_.read(collected_.size(), buffer_, piece);
        if (!sound) co_return BodyStep::lost;
        collected_.append(piece);
    }
    text = collected_;
    co_return BodyStep::end;
}

void OutgoingBody::rename_model(std::string_view model) {
    std::string text;
    if (reader_->is_json())
        append_json_escaped(text, model);
    else
        text = model;
    edit_ = Edit{reader_->model_span(), reader_->is_json() ? "\"" + text + "\"" : text};
}

void OutgoingBody::replace_by(std::string_view document) {
    document_ = document;
    finished_ = false;
}

std::optional<std::uint64_t> OutgoingBody::changed_length() const {
    if (document_) return document_->size();
    if (!edit_ || chunked()) return std::nullopt;
    return x_.request.content_length + edit_->text.size() - (edit_->span.end - edit_->span.begin);
}

std::array<std::string_view, 3> OutgoingBody::take_whole() {
    finished_ = true;
    if (document_) return {*document_, {}, {}};
    if (!edit_) return {x_.whole_body, {}, {}};
    return {x_.whole_body.substr(0, edit_->span.begin), edit_->text, x_.whole_body.substr(edit_->span.end)};
}

net::Task<BodyStep> OutgoingBody::next(std::string_view& piece) {
    for (;;) {
        std::uint64_t start = offset_;
        BodyStep step = co_await next_as_it_came(piece);
        if (step != BodyStep::piece || !edit_) co_return step;
        apply_edit(piece, start);
        if (!piece.empty()) co_return step;
    }
}

// The new text goes out where the old one begins; of the old one nothing does, wherever pieces were cut.
void OutgoingBody::apply_edit(std::string_view& piece, std::uint64_t start) {
    std::uint64_t end = start + piece.size();
    const Span& span = edit_->span;
    if (end <= span.begin || start >= span.end) return;
    edited_.clear();
    if (start <= span.begin) edited_.append(piece.substr(0, span.begin - start)).append(edit_->text);
    if (end > span.end) edited_.append(piece.substr(span.end - start));
    piece = edited_;
}

net::Task<BodyStep> OutgoingBody::next_as_it_came(std::string_view& piece) {
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
    edit_.reset();
    document_.reset();
    offset_ = 0;
    finished_ = x_.request.framing == http::Framing::none;
    return true;
}

}  // namespace aihub::serve
