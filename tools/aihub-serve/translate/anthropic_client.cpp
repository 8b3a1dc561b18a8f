// The client side of Anthropic's messages: requests by anthropic_request, contents by anthropic_blocks, and
// here what stands around them.
#include <algorithm>

#include "tools/aihub-serve/translate/anthropic_blocks.hpp"
#include "tools/aihub-serve/translate/anthropic_request.hpp"
#include "tools/aihub-serve/translate/chat_parts.hpp"
#include "tools/aihub-serve/translate/json_text.hpp"

namespace aihub::translate {
namespace {

class AnthropicClient final : public ClientSide {
public:
    explicit AnthropicClient(const Circumstances& circumstances)
        : circumstances_(circumstances), blocks_({}) {}

    Result<Json> read(const Json& request) override {
        auto read = read_anthropic_request(request, circumstances_);
        if (!read) return read.error();
        streams_ = read->streams;
        blocks_ = AnthropicBlocks({streams_, read->omits_thinking, id_stem(circumstances_)});
        return std::move(read->common);
    }

    bool streams() const override { return streams_; }
    std::string_view content_type() const override {
        return streams_ ? "text/event-stream" : "application/json";
    }

    void event(const ChatEvent& event, std::string& out) override {
        if (event.kind == ChatEvent::Kind::usage) take_usage(event.usage);
        begin(out);
        switch (event.kind) {
            case ChatEvent::Kind::refusal:
                refused_ = true;
                [[fallthrough]];
            case ChatEvent::Kind::text:
                return blocks_.add_text(event.text, out);
            case ChatEvent::Kind::reasoning:
                return blocks_.add_thinking(event.text, out);
            case ChatEvent::Kind::tool_call:
            case ChatEvent::Kind::tool_arguments:
                return blocks_.add_call(event, out);
            case ChatEvent::Kind::finish:
                return finish(event, out);
            case ChatEvent::Kind::usage:
                return;
        }
    }

    void end(std::string& out) override {
        begin(out);
        blocks_.finish(out);
        if (!streams_) {
            out += json_text(message(blocks_.take_content(), stop_reason(), stop_sequence()));
            return;
        }
        Json delta = {{"stop_reason", stop_reason()}, {"stop_sequence", stop_sequence()}};
        write_anthropic_event(out, {{"type", "message_delta"}, {"delta", delta}, {"usage", usage()}});
        write_anthropic_event(out, {{"type", "message_stop"}});
    }

private:
    void begin(std::string& out) {
        if (!streams_ || has_begun_) return;
        has_begun_ = true;
        write_anthropic_event(
            out, {{"type", "message_start"}, {"message", message(Json::array(), nullptr, nullptr)}});
    }

    void take_usage(const Usage& usage) {
        if (usage.in) usage_.in = usage.in;
        if (usage.out) usage_.out = usage.out;
        if (usage.cached) usage_.cached = usage.cached;
    }

    void finish(const ChatEvent& event, std::string& out) {
        blocks_.finish(out);
        reason_ = event.reason;
        stop_sequence_ = event.stop_sequence;
    }

    Json message(Json content, Json stop_reason, Json stop_sequence) const {
        return {{"id", "msg_" + id_stem(circumstances_)},
                {"type", "message"},
                {"role", "assistant"},
                {"model", circumstances_.client_model},
                {"content", std::move(content)},
                {"stop_reason", std::move(stop_reason)},
                {"stop_sequence", std::move(stop_sequence)},
                {"usage", usage()}};
    }

    const char* stop_reason() const {
        if (refused_ || reason_ == FinishReason::content_filter) return "refusal";
        if (reason_ == FinishReason::length) return "max_tokens";
        if (reason_ == FinishReason::tool_calls || blocks_.has_calls()) return "tool_use";
        return stop_sequence_.empty() ? "end_turn" : "stop_sequence";
    }

    Json stop_sequence() const {
        return std::string_view(stop_reason()) == "stop_sequence" ? Json(stop_sequence_) : Json();
    }

    // Anthropic counts what came out of the cache apart from the rest.
    Json usage() const {
        std::uint64_t in = usage_.in.value_or(0), cached = std::min(usage_.cached.value_or(0), in);
        return {{"input_tokens", in - cached},
                {"cache_creation_input_tokens", 0},
                {"cache_read_input_tokens", cached},
                {"output_tokens", usage_.out.value_or(0)}};
    }

    Circumstances circumstances_;
    AnthropicBlocks blocks_;
    bool streams_ = false;
    bool has_begun_ = false;
    bool refused_ = false;
    FinishReason reason_ = FinishReason::stop;
    std::string stop_sequence_;
    Usage usage_;
};

}  // namespace

std::unique_ptr<ClientSide> anthropic_client(const Circumstances& circumstances) {
    return std::make_unique<AnthropicClient>(circumstances);
}

}  // namespace aihub::translate
