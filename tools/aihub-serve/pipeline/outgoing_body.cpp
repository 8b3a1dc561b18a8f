#include "tools/aihub-serve/pipeline/outgoing_body.hpp"

#include <algorithm>

#include "shared/base/strings.hpp"
#include "tools/aihub-serve/pipeline/inference.hpp"
#include "tools/aihub-serve/pipeline/usage_question.hpp"

namespace aihub::serve {

using net::BodyStep;

namespace {

// Text that a model could read is shorter; longer bodies bring pictures or sound, and go to their server
// while they come.
constexpr std::uint64_t largest_held = 1024 * 1024;

}  // namespace

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
    finished_ = x_.request.framing == http::Framing::none;
    if (x_.body_is_whole) return;  // nothing of it is ever spooled
    limits_ = x_.policy().spool;
    if (keep == Keep::in_memory) limits_.folder.clear();
    limits_.total = std::max(limits_.total, limit);
    x_.body.open(x_.request, limit, x_.policy().body_timeout);
}

void OutgoingBody::read_for_model() {
    reader_.emplace(x_.request.header(http::Field::content_type), is_transcription(x_));
    if (x_.body_is_whole) reader_->feed(x_.whole_body);
}

net::Task<BodyStep> OutgoingBody::take(std::string_view& piece) {
    BodyStep step = co_await x_.body.next(piece);
    if (step == BodyStep::piece) {
        came_ += piece.size();
        if (reader_) reader_->feed(piece);
        bool is_malformed = reader_ && reader_->ambiguous() && x_.room == Room::root && x_.upstream;
        if (is_malformed) co_return BodyStep::malformed;
        co_await spool_.add(piece);
    }
    co_return step;
}

net::Task<BodyStep> OutgoingBody::prefetch() {
    std::string_view piece;
    BodyStep step = co_await take(piece);
    if (!kept_all()) unkept_ = piece;
    co_return step;
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
    add_edit({reader_->model_span(), reader_->is_json() ? "\"" + text + "\"" : text});
}

void OutgoingBody::add_edit(Edit edit) {
    auto later = std::find_if(edits_.begin(), edits_.end(),
                              [&](const Edit& other) { return other.span.begin >= edit.span.end; });
    edits_.insert(later, std::move(edit));
}

bool OutgoingBody::ask_for_usage() {
    if (!reader_ || !reader_->is_json() || !prefetched_all() || !kept_all()) return false;
    std::optional<Edit> question = question_for_usage(reader_->json());
    if (question) add_edit(std::move(*question));
    return question.has_value();
}

void OutgoingBody::replace_by(std::string_view document) {
    document_ = document;
    finished_ = false;
}

bool OutgoingBody::may_be_held() const {
    std::uint64_t limit = std::min(largest_held, x_.policy().spool.total);
    bool announced_less = x_.request.framing != http::Framing::length || x_.request.content_length <= limit;
    return announced_less && spool_.size() <= limit;
}

std::uint64_t OutgoingBody::text_bytes() const {
    if (reader_ && reader_->is_json()) return reader_->json().text_bytes();
    if (!x_.body_is_whole) return came_;
    JsonScan scan;
    scan.feed(x_.whole_body);
    return scan.text_bytes();
}

std::optional<std::uint64_t> OutgoingBody::changed_length() const {
    if (document_) return document_->size();
    if (edits_.empty() || chunked()) return std::nullopt;
    std::uint64_t length = x_.request.content_length;
    for (const Edit& edit : edits_) length = length + edit.text.size() - edit.span.size();
    return length;
}

// A single edit costs no copy; before the last of several, everything is put together.
std::array<std::string_view, 3> OutgoingBody::take_whole() {
    finished_ = true;
    if (document_) return {*document_, {}, {}};
    if (edits_.empty()) return {x_.whole_body, {}, {}};
    const Edit& last = edits_.back();
    std::string_view before = x_.whole_body.substr(0, last.span.begin);
    if (edits_.size() > 1) apply_edits(before, 0);
    return {before, last.text, x_.whole_body.substr(last.span.end)};
}

net::Task<BodyStep> OutgoingBody::next(std::string_view& piece) {
    for (;;) {
        std::uint64_t start = offset_;
        BodyStep step = co_await next_as_it_came(piece);
        if (step != BodyStep::piece || edits_.empty()) co_return step;
        apply_edits(piece, start);
        if (!piece.empty()) co_return step;
    }
}

bool OutgoingBody::is_edited(std::uint64_t begin, std::uint64_t end) const {
    return std::any_of(edits_.begin(), edits_.end(), [&](const Edit& edit) {
        bool starts_here = edit.span.begin >= begin && edit.span.begin < end;
        return starts_here || (edit.span.begin < begin && edit.span.end > begin);
    });
}

// The new text goes out where the old one begins; of the old one nothing does, wherever pieces were cut.
void OutgoingBody::apply_edits(std::string_view& piece, std::uint64_t start) {
    std::uint64_t end = start + piece.size();
    if (!is_edited(start, end)) return;
    edited_.clear();
    std::uint64_t at = start;
    auto copy_until = [&](std::uint64_t stop) {
        if (stop > at) edited_.append(piece.substr(at - start, stop - at));
        at = std::max(at, stop);
    };
    for (const Edit& edit : edits_) {
        if (edit.span.end < start || edit.span.begin >= end) continue;
        copy_until(edit.span.begin);
        if (edit.span.begin >= start) edited_.append(edit.text);
        at = std::max(at, std::min(edit.span.end, end));
    }
    copy_until(end);
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
    if (!unkept_.empty()) {
        piece = std::exchange(unkept_, {});
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
    edits_.clear();
    document_.reset();
    offset_ = 0;
    finished_ = x_.request.framing == http::Framing::none;
    return true;
}

}  // namespace aihub::serve
