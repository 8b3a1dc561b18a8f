// The client side of OpenAI's chat completions, for servers that speak only another API. Chunks and replies
// are as OpenAI's own; reasoning is in `reasoning_content`, where llama.cpp, vLLM and LM Studio have it.
#include <vector>

#include "tools/aihub-serve/translate/chat_parts.hpp"
#include "tools/aihub-serve/translate/json_text.hpp"
#include "tools/aihub-serve/translate/openai_client.hpp"

namespace aihub::translate {
namespace {

struct Call {
    std::string id, name, arguments;
};

// What a choice has said so far: all of it when the reply is whole, else only whether it has begun.
struct Choice {
    bool begun = false;
    std::string text, reasoning, refusal;
    std::vector<Call> calls;
    Json logprobs;
    std::string_view reason = "stop";
};

class OpenAiChatClient final : public OpenAiClient<Choice> {
public:
    explicit OpenAiChatClient(const Circumstances& circumstances) : OpenAiClient(circumstances) {}

    Result<Json> read(const Json& request) override { return take(Json(request)); }

    Result<Json> take(Json&& common) override {
        const Json& messages = member(common, "messages");
        if (!messages.is_array() || messages.empty())
            return malformed("messages", "a list of at least one message");
        common["model"] = circumstances().server_model;
        auto wish = take_stream_wish(common);
        if (!wish) return wish.error();
        begin(*wish, openai_start("chatcmpl-", wish->streams ? "chat.completion.chunk" : "chat.completion",
                                  circumstances()));
        return std::move(common);
    }

private:
    std::string id_of(const ChatEvent& event) const {
        if (!event.id.empty()) return event.id;
        return "call_" + id_stem(circumstances()) + "_" + std::to_string(event.choice) + "_" +
               std::to_string(event.index);
    }

    // The first chunk of a choice says whose words follow.
    void write_event(const ChatEvent& event, Choice& choice, std::string& out) override {
        bool first = !choice.begun;
        choice.begun = true;
        bool spoken = event.kind == ChatEvent::Kind::text;
        if (first)
            write_chunk(event.choice, first_delta(spoken || event.kind == ChatEvent::Kind::reasoning), "null",
                        {}, out);
        bool finish = event.kind == ChatEvent::Kind::finish;
        write_chunk(event.choice, delta_of(event), finish ? reason_text(event.reason) : "null",
                    event.logprobs, out);
    }

    static std::string first_delta(bool text) {
        return text ? R"("role":"assistant","content":"")" : R"("role":"assistant","content":null)";
    }

    static std::string reason_text(FinishReason reason) {
        return '"' + std::string(openai_reason(reason)) + '"';
    }

    // The members of the delta.
    std::string delta_of(const ChatEvent& event) const {
        switch (event.kind) {
            case ChatEvent::Kind::text:
                return text_delta("\"content\":", event.text);
            case ChatEvent::Kind::reasoning:
                return text_delta("\"reasoning_content\":", event.text);
            case ChatEvent::Kind::refusal:
                return text_delta("\"refusal\":", event.text);
            case ChatEvent::Kind::tool_call:
            case ChatEvent::Kind::tool_arguments:
                return call_delta(event);
            default:
                return {};
        }
    }

    static std::string text_delta(std::string name, std::string_view text) {
        append_json_string(name, text);
        return name;
    }

    std::string call_delta(const ChatEvent& event) const {
        std::string delta = "\"tool_calls\":[{\"index\":" + std::to_string(event.index);
        bool begins = event.kind == ChatEvent::Kind::tool_call;
        if (begins) {
            append_json_string(delta += ",\"id\":", id_of(event));
            append_json_string(delta += R"(,"type":"function","function":{"name":)", event.name);
            delta += ',';
        } else {
            delta += ",\"function\":{";
        }
        append_json_string(delta += "\"arguments\":", event.text);
        return delta + "}}]";
    }

    void write_chunk(std::size_t choice, std::string_view delta, std::string_view reason,
                     std::string_view logprobs, std::string& out) const {
        open_chunk(out);
        out.append("{\"index\":").append(std::to_string(choice));
        out.append(",\"delta\":{").append(delta).append("},\"logprobs\":");
        out.append(logprobs.empty() ? "null" : logprobs)
            .append(",\"finish_reason\":")
            .append(reason)
            .append("}");
        close_chunk(out);
    }

    void keep(const ChatEvent& event, Choice& choice) override {
        add_logprobs(choice.logprobs, event.logprobs);
        switch (event.kind) {
            case ChatEvent::Kind::text:
                choice.text += event.text;
                return;
            case ChatEvent::Kind::reasoning:
                choice.reasoning += event.text;
                return;
            case ChatEvent::Kind::refusal:
                choice.refusal += event.text;
                return;
            case ChatEvent::Kind::tool_call:
                choice.calls.push_back({id_of(event), event.name, event.text});
                return;
            case ChatEvent::Kind::tool_arguments:
                if (event.index < choice.calls.size()) choice.calls[event.index].arguments += event.text;
                return;
            case ChatEvent::Kind::finish:
                choice.reason = openai_reason(event.reason);
                return;
            case ChatEvent::Kind::usage:
                return;
        }
    }

    Json choice_of(const Choice& choice, std::size_t index) const override {
        return {{"index", index},
                {"message", message_of(choice)},
                {"logprobs", choice.logprobs},
                {"finish_reason", choice.reason}};
    }

    static Json message_of(const Choice& choice) {
        bool silent = choice.text.empty() && (!choice.calls.empty() || !choice.refusal.empty());
        Json message = {{"role", "assistant"}, {"content", silent ? Json() : Json(choice.text)}};
        message["refusal"] = choice.refusal.empty() ? Json() : Json(choice.refusal);
        if (!choice.reasoning.empty()) message["reasoning_content"] = choice.reasoning;
        for (const Call& call : choice.calls)
            message["tool_calls"].push_back(
                {{"id", call.id},
                 {"type", "function"},
                 {"function", {{"name", call.name}, {"arguments", call.arguments}}}});
        return message;
    }
};

}  // namespace

std::unique_ptr<ClientSide> openai_chat_client(const Circumstances& circumstances) {
    return std::make_unique<OpenAiChatClient>(circumstances);
}

}  // namespace aihub::translate
