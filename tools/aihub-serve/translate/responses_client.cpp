// The client side of OpenAI's responses: requests by responses_request, the output by responses_events, and
// here the response around it.
#include "shared/base/clock.hpp"
#include "tools/aihub-serve/translate/chat_parts.hpp"
#include "tools/aihub-serve/translate/json_text.hpp"
#include "tools/aihub-serve/translate/responses_events.hpp"
#include "tools/aihub-serve/translate/responses_request.hpp"

namespace aihub::translate {
namespace {

class ResponsesClient final : public ClientSide {
public:
    explicit ResponsesClient(const Circumstances& circumstances)
        : circumstances_(circumstances), output_(false, {}) {}

    Result<Json> read(const Json& request) override {
        auto read = read_responses_request(request, circumstances_);
        if (!read) return read.error();
        streams_ = read->streams;
        response_ = std::move(read->response);
        output_ = ResponsesEvents(streams_, id_stem(circumstances_));
        return std::move(read->common);
    }

    bool streams() const override { return streams_; }
    std::string_view content_type() const override {
        return streams_ ? "text/event-stream" : "application/json";
    }

    void event(const ChatEvent& event, std::string& out) override {
        begin(out);
        switch (event.kind) {
            case ChatEvent::Kind::text:
            case ChatEvent::Kind::reasoning:
            case ChatEvent::Kind::refusal:
                return output_.add_text(event, out);
            case ChatEvent::Kind::tool_call:
            case ChatEvent::Kind::tool_arguments:
                return output_.add_call(event, out);
            case ChatEvent::Kind::finish:
                reason_ = event.reason;
                return output_.finish(is_cut_short(), out);
            case ChatEvent::Kind::usage:
                return take_usage(event.usage);
        }
    }

    void end(std::string& out) override {
        begin(out);
        output_.finish(is_cut_short(), out);
        complete_response();
        if (streams_)
            output_.tell(is_cut_short() ? "response.incomplete" : "response.completed", response_, out);
        else
            out += json_text(response_);
    }

private:
    void begin(std::string& out) {
        if (has_begun_) return;
        has_begun_ = true;
        output_.tell("response.created", response_, out);
        output_.tell("response.in_progress", response_, out);
    }

    void take_usage(const Usage& usage) {
        if (usage.in) usage_.in = usage.in;
        if (usage.out) usage_.out = usage.out;
        if (usage.cached) usage_.cached = usage.cached;
        if (usage.reasoning) usage_.reasoning = usage.reasoning;
    }

    bool is_cut_short() const {
        return reason_ == FinishReason::length || reason_ == FinishReason::content_filter;
    }

    void complete_response() {
        response_["status"] = is_cut_short() ? "incomplete" : "completed";
        if (is_cut_short())
            response_["incomplete_details"] = {
                {"reason", reason_ == FinishReason::length ? "max_output_tokens" : "content_filter"}};
        else
            response_["completed_at"] = now_ms() / 1000;
        response_["output"] = output_.items();
        response_["usage"] = usage();
    }

    Json usage() const {
        if (!usage_.in && !usage_.out) return nullptr;
        std::uint64_t in = usage_.in.value_or(0), out = usage_.out.value_or(0);
        return {{"input_tokens", in},
                {"input_tokens_details",
                 {{"cached_tokens", usage_.cached.value_or(0)}, {"cache_write_tokens", 0}}},
                {"output_tokens", out},
                {"output_tokens_details", {{"reasoning_tokens", usage_.reasoning.value_or(0)}}},
                {"total_tokens", in + out}};
    }

    Circumstances circumstances_;
    ResponsesEvents output_;
    Json response_;
    bool streams_ = false;
    bool has_begun_ = false;
    FinishReason reason_ = FinishReason::stop;
    Usage usage_;
};

}  // namespace

std::unique_ptr<ClientSide> responses_client(const Circumstances& circumstances) {
    return std::make_unique<ResponsesClient>(circumstances);
}

}  // namespace aihub::translate
