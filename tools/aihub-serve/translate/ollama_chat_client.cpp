// The client side of Ollama's /api/chat.
#include "tools/aihub-serve/translate/chat_sides.hpp"
#include "tools/aihub-serve/translate/ollama_conversation.hpp"
#include "tools/aihub-serve/translate/ollama_options.hpp"
#include "tools/aihub-serve/translate/ollama_reply.hpp"

namespace aihub::translate {
namespace {

class OllamaChatClient final : public ClientSide {
public:
    explicit OllamaChatClient(const Circumstances& circumstances)
        : circumstances_(circumstances), reply_(OllamaReply::Shape::chat, circumstances) {}

    Result<Json> read(const Json& request) override {
        Json common = {{"model", circumstances_.server_model}};
        auto messages = common_messages(member(request, "messages"));
        if (!messages) return messages;
        if (messages->empty()) return malformed("messages", "a list of at least one message");
        common["messages"] = std::move(*messages);
        auto streams = take_stream(request, common);
        if (!streams) return streams.error();
        for (const auto& [name, value] : request.items())
            if (auto result = take_member(name, value, common); !result) return result.error();
        reply_.begin(*streams, !member(common, "top_logprobs").is_null());
        return common;
    }

    bool streams() const override { return reply_.streams(); }
    std::string_view content_type() const override { return reply_.content_type(); }
    void event(const ChatEvent& event, std::string& out) override { reply_.event(event, out); }
    void end(std::string& out) override { reply_.end(out); }

private:
    Result<void> take_member(const std::string& name, const Json& value, Json& common) const {
        if (name == "messages" || value.is_null()) return {};
        if (name == "tools") return take_tools(value, common);
        auto shared = take_shared_member(name, value, circumstances_, common);
        if (!shared) return shared.error();
        if (!*shared) return no_counterpart(name, name_of(Api::chat), "leave it out");
        return {};
    }

    static Result<void> take_tools(const Json& value, Json& common) {
        if (!value.is_array()) return malformed("tools", "a list of tools");
        if (!value.empty()) common["tools"] = value;
        return {};
    }

    Circumstances circumstances_;
    OllamaReply reply_;
};

}  // namespace

std::unique_ptr<ClientSide> ollama_chat_client(const Circumstances& circumstances) {
    return std::make_unique<OllamaChatClient>(circumstances);
}

}  // namespace aihub::translate
