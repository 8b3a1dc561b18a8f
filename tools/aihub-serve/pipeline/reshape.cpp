#include "tools/aihub-serve/pipeline/reshape.hpp"

#include "shared/base/strings.hpp"
#include "tools/aihub-serve/pipeline/heads.hpp"
#include "tools/aihub-serve/pipeline/keep_alive.hpp"
#include "tools/aihub-serve/pipeline/reply_body.hpp"
#include "tools/aihub-serve/pipeline/stream_usage_filter.hpp"
#include "tools/aihub-serve/translate/error_sentence.hpp"

namespace aihub::serve {
namespace {

using translate::Translation;
using translate::Verdict;
using Step = ReplyBody::Step;

constexpr std::size_t largest_error = 64 * 1024;
// Of a reply that is gathered before it is turned: text and tool calls, or many vectors.
constexpr std::size_t largest_document = 256 * 1024 * 1024;
constexpr std::string_view events = "text/event-stream";

class Reshape {
public:
    Reshape(Exchange& x, net::Wire& server, const http::ResponseHead& response, std::size_t head_size,
            Milliseconds idle_timeout, Translation* translation, bool asked_for_usage)
        : x_(x),
          status_(response.status),
          is_events_(istarts_with(response.header("content-type"), events)),
          is_encoded_(!response.header("content-encoding").empty()),
          retry_after_(response.header("retry-after")),
          translation_(translation),
          body_(x, server, response, head_size, idle_timeout) {
        if (asked_for_usage) filter_.emplace();
        std::optional<translate::Api> api = counted_api(x, status_);
        if (api && translation) api = translation->server_api();
        x.usage.begin(api, is_encoded_ ? std::string_view() : response.header("content-type"));
    }

    net::Task<Reshaped> run() {
        if (status_ != 200) co_return co_await pass_error();
        if (translation_ && !translation_->streams() && !x_.begun) co_return co_await gather();
        if (!translation_ && !is_events_)
            co_return co_await break_off("the model server sent no stream of events");
        if (is_encoded_)  // ours has begun without a coding, and was not to have one
            co_return co_await break_off("the model server sent a compressed reply, which cannot be read");
        co_return co_await stream();
    }

private:
    std::string_view content_type() const { return translation_ ? translation_->content_type() : events; }

    // Turns a piece into what the client gets. False when it makes no sense.
    bool turn(std::string_view piece, std::string& out) {
        x_.usage.feed(piece);
        if (translation_) return translation_->feed(piece, out);
        pass(filter_ ? filter_->feed(piece) : piece, out);
        return true;
    }

    void pass(std::string_view piece, std::string& out) {
        out.append(piece);
        if (!piece.empty()) at_event_start_ = ends_event(piece);
    }

    Verdict finish(std::string& out) {
        if (translation_) return translation_->end(out);
        if (filter_) pass(filter_->feed({}, true), out);
        return Verdict::whole;
    }

    void note_usage() {
        if (translation_) x_.usage.set({translation_->tokens_in(), translation_->tokens_out()});
    }

    net::Task<Reshaped> stream() {
        for (;;) {
            std::string_view piece;
            Step step = co_await body_.next(piece, at_event_start_);
            std::string out;
            bool sound = step != Step::piece || turn(piece, out);
            if (step == Step::end) co_return co_await end_stream();
            if (x_.client_gone) co_return Reshaped{RelayEnd::client_left, {}};
            if (!out.empty()) {
                if (x_.first_byte_ns == 0) x_.first_byte_ns = steady_ns();
                net::ErrorCode failed = co_await write_event_stream(x_, content_type(), out, false);
                if (failed) co_return Reshaped{RelayEnd::client_left, {}};
            }
            if (!sound) co_return co_await break_off("the model server sent what is no reply of its API");
            if (step == Step::silent)
                co_return co_await break_off("the model server fell silent in the middle of its reply");
            if (step == Step::broken)
                co_return co_await break_off("the model server broke off in the middle of its reply");
        }
    }

    net::Task<Reshaped> end_stream() {
        std::string out;
        Verdict verdict = finish(out);
        note_usage();
        if (verdict != Verdict::whole) {
            std::string reason = translation_->trouble();
            co_return co_await break_off(
                reason.empty() ? "the model server broke off in the middle of its reply" : reason, out);
        }
        net::ErrorCode failed = co_await write_event_stream(x_, content_type(), out, true);
        co_return Reshaped{failed ? RelayEnd::client_left : RelayEnd::complete, {}};
    }

    // What is left, an error event where the dialect has one, then no end of the body.
    net::Task<Reshaped> break_off(std::string reason, std::string rest = {}) {
        note_usage();
        if (filter_) pass(filter_->feed({}, true), rest);
        if (!x_.begun && rest.empty()) co_return Reshaped{RelayEnd::server_broke, reason};
        x_.keep_alive = false;
        x_.must_reset = x_.request.minor_version == 0;
        rest += stream_error(x_.dialect, content_type(), reason, at_event_start_);
        net::ErrorCode failed = co_await write_event_stream(x_, content_type(), rest, false);
        co_return Reshaped{failed ? RelayEnd::client_left : RelayEnd::server_broke, {}};
    }

    net::Task<Reshaped> gather() {
        Reply reply;
        reply.content_type = std::string(translation_->content_type());
        std::size_t size = 0;
        for (;;) {
            std::string_view piece;
            Step step = co_await body_.next(piece);
            size += piece.size();
            if (x_.client_gone) co_return Reshaped{RelayEnd::client_left, {}};
            if (step == Step::end) break;
            if (step == Step::piece && x_.first_byte_ns == 0) x_.first_byte_ns = steady_ns();
            if (step == Step::silent)
                co_return Reshaped{RelayEnd::server_broke, "fell silent in the middle of its reply"};
            bool sound = step == Step::piece && size <= largest_document && turn(piece, reply.body);
            if (!sound)
                co_return Reshaped{RelayEnd::server_broke, step == Step::piece
                                                               ? "sent what is no reply of its API"
                                                               : "broke off in the middle of its reply"};
        }
        Verdict verdict = translation_->end(reply.body);
        note_usage();
        if (verdict != Verdict::whole)
            co_return Reshaped{RelayEnd::server_broke, verdict == Verdict::nonsense
                                                           ? "sent what is no reply of its API"
                                                           : "broke off in the middle of its reply"};
        reply.headers = route_headers(x_);
        co_await answer(x_, std::move(reply));
        co_return Reshaped{x_.client_gone ? RelayEnd::client_left : RelayEnd::complete, {}};
    }

    // The server's status and sentence, in the client's words; in a stream that has begun, as its event.
    net::Task<Reshaped> pass_error() {
        std::string body;
        Step step = co_await body_.collect(body, largest_error);
        if (x_.client_gone) co_return Reshaped{RelayEnd::client_left, {}};
        if (is_encoded_) body.clear();  // nobody could read it
        std::string sentence = translation_ ? translation_->error_message(status_, body)
                                            : translate::error_sentence(status_, body);
        if (step == Step::silent) sentence = "the model server fell silent in the middle of its reply";
        if (x_.begun) co_return co_await tell_in_stream(sentence);
        Problem problem(status_, sentence);
        std::string headers = route_headers(x_);
        if (!retry_after_.empty()) headers += "Retry-After: " + retry_after_ + "\r\n";
        co_await refuse(x_, std::move(problem), std::move(headers));
        co_return Reshaped{step == Step::end ? RelayEnd::complete : RelayEnd::server_broke, {}};
    }

    net::Task<Reshaped> tell_in_stream(std::string sentence) {
        std::string event = stream_error(x_.dialect, content_type(), sentence, true);
        x_.keep_alive = false;
        net::ErrorCode failed = co_await write_event_stream(x_, content_type(), event, true);
        co_return Reshaped{failed ? RelayEnd::client_left : RelayEnd::complete, {}};
    }

    Exchange& x_;
    int status_;
    bool is_events_;
    bool is_encoded_;
    bool at_event_start_ = true;  // a stream that is not translated is cut anywhere
    std::string retry_after_;
    Translation* translation_;
    std::optional<StreamUsageFilter> filter_;
    ReplyBody body_;
};

}  // namespace

net::Task<Reshaped> reshape(Exchange& x, net::Wire& server, const http::ResponseHead& response,
                            std::size_t head_size, Milliseconds idle_timeout, Translation* translation,
                            bool asked_for_usage) {
    Reshape reshaping(x, server, response, head_size, idle_timeout, translation, asked_for_usage);
    co_return co_await reshaping.run();
}

}  // namespace aihub::serve
