// The client side of Ollama's /api/chat.
#include "tools/aihub-serve/translate/ollama_client.hpp"
#include "tools/aihub-serve/translate/ollama_conversation.hpp"

namespace aihub::translate {
namespace {

class OllamaChatClient final : public OllamaClient {
public:
    explicit OllamaChatClient(const Circumstances& circumstances)
        : OllamaClient(OllamaReply::Shape::chat, circumstances) {}

private:
    Result<Json> conversation(const Json& request) const override {
        auto messages = common_messages(member(request, "messages"));
        if (messages && messages->empty()) return malformed("messages", "a list of at least one message");
        return messages;
    }

    Result<bool> take_own_member(std::string_view name, const Json& value, Json& common) const override {
        if (name == "messages") return true;
        if (name != "tools") return false;
        if (!value.is_array()) return malformed("tools", "a list of tools");
        if (!value.empty()) common["tools"] = value;
        return true;
    }
};

}  // namespace

std::unique_ptr<ClientSide> ollama_chat_client(const Circumstances& circumstances) {
    return std::make_unique<OllamaChatClient>(circumstances);
}

}  // namespace aihub::translate
