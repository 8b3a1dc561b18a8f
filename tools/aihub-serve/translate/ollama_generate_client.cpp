// The client side of Ollama's /api/generate: a prompt is a conversation of one message. What reaches past the
// model's template (raw, template, context, suffix) has no counterpart in a chat.
#include <algorithm>
#include <array>

#include "tools/aihub-serve/translate/chat_sides.hpp"
#include "tools/aihub-serve/translate/ollama_conversation.hpp"
#include "tools/aihub-serve/translate/ollama_options.hpp"
#include "tools/aihub-serve/translate/ollama_reply.hpp"

namespace aihub::translate {
namespace {

constexpr std::array<std::string_view, 3> said = {"prompt", "system", "images"};
constexpr std::array<std::string_view, 4> beyond_chat = {"raw", "template", "context", "suffix"};

bool is_one_of(const auto& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool says_nothing(const Json& value) {
    return value.is_null() || value == false || value == "" || value == Json::array();
}

Result<Json> conversation(const Json& request) {
    Json messages = Json::array();
    const Json &system = member(request, "system"), &prompt = member(request, "prompt");
    if (!system.is_string() && !system.is_null()) return malformed("system", "a text");
    if (!prompt.is_string() || prompt == "") return malformed("prompt", "a text that is not empty");
    auto content = content_with_images(member(request, "images"), prompt, "request");
    if (!content) return content;
    if (system.is_string() && system != "") messages.push_back({{"role", "system"}, {"content", system}});
    messages.push_back({{"role", "user"}, {"content", std::move(*content)}});
    return messages;
}

class OllamaGenerateClient final : public ClientSide {
public:
    explicit OllamaGenerateClient(const Circumstances& circumstances)
        : circumstances_(circumstances), reply_(OllamaReply::Shape::generate, circumstances) {}

    Result<Json> read(const Json& request) override {
        Json common = {{"model", circumstances_.server_model}};
        auto messages = conversation(request);
        if (!messages) return messages;
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
        if (is_one_of(said, name) || value.is_null()) return {};
        if (is_one_of(beyond_chat, name)) {
            if (says_nothing(value)) return {};
            return no_counterpart(name, name_of(Api::chat), "leave it out; the model's server is no Ollama");
        }
        auto shared = take_shared_member(name, value, circumstances_, common);
        if (!shared) return shared.error();
        if (!*shared) return no_counterpart(name, name_of(Api::chat), "leave it out");
        return {};
    }

    Circumstances circumstances_;
    OllamaReply reply_;
};

}  // namespace

std::unique_ptr<ClientSide> ollama_generate_client(const Circumstances& circumstances) {
    return std::make_unique<OllamaGenerateClient>(circumstances);
}

}  // namespace aihub::translate
