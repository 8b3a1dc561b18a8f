// The client side of Ollama's /api/generate: a prompt is a conversation of one message. What reaches past the
// model's template (raw, template, context, suffix) has no counterpart in a chat.
#include <algorithm>
#include <array>

#include "tools/aihub-serve/translate/ollama_client.hpp"
#include "tools/aihub-serve/translate/ollama_conversation.hpp"

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

class OllamaGenerateClient final : public OllamaClient {
public:
    explicit OllamaGenerateClient(const Circumstances& circumstances)
        : OllamaClient(OllamaReply::Shape::generate, circumstances) {}

private:
    Result<Json> conversation(const Json& request) const override {
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

    Result<bool> take_own_member(std::string_view name, const Json& value, Json&) const override {
        if (is_one_of(said, name)) return true;
        if (!is_one_of(beyond_chat, name)) return false;
        if (says_nothing(value)) return true;
        return no_counterpart(name, name_of(Api::chat), "leave it out; the model's server is no Ollama");
    }
};

}  // namespace

std::unique_ptr<ClientSide> ollama_generate_client(const Circumstances& circumstances) {
    return std::make_unique<OllamaGenerateClient>(circumstances);
}

}  // namespace aihub::translate
