#include "tools/aihub-serve/pipeline/content.hpp"

#include <nlohmann/json.hpp>

#include "tools/aihub-serve/services/nesting.hpp"

namespace aihub::serve {
namespace {

using Json = nlohmann::json;

constexpr unsigned deepest_chat_nesting = 512;
constexpr Abilities picture{Ability::vision};
constexpr Abilities sound{Ability::audio};

std::string_view text_of(const Json& object, const char* name) {
    auto found = object.find(name);
    if (found == object.end() || !found->is_string()) return {};
    return found->get_ref<const std::string&>();
}

Abilities needs_of_text(std::string_view text) {
    Abilities needs;
    if (text.find("data:image/") != std::string_view::npos) needs = needs.with(picture);
    if (text.find("data:audio/") != std::string_view::npos) needs = needs.with(sound);
    return needs;
}

// Some clients send sound where a picture's address belongs.
Abilities needs_of_image(const Json& part) {
    auto found = part.find("image_url");
    if (found == part.end()) return picture;
    std::string_view url = found->is_object() ? text_of(*found, "url") : text_of(part, "image_url");
    return url.find("data:audio/") != std::string_view::npos ? sound : picture;
}

Abilities needs_of_content(const Json& content);

// A part of OpenAI's, Anthropic's or the responses API's message; Anthropic's tool results hold parts of
// their own.
Abilities needs_of_part(const Json& part) {
    if (!part.is_object()) return {};
    std::string_view type = text_of(part, "type");
    if (type == "image_url" || type == "input_image") return needs_of_image(part);
    if (type == "image") return picture;
    if (type == "audio" || type == "input_audio" || type == "audio_url") return sound;
    if (type == "tool_result" && part.contains("content")) return needs_of_content(part["content"]);
    if (type == "function_call_output" && part.contains("output")) return needs_of_content(part["output"]);
    return {};
}

Abilities needs_of_content(const Json& content) {
    if (content.is_string()) return needs_of_text(content.get_ref<const std::string&>());
    Abilities needs;
    if (content.is_array())
        for (const Json& part : content) needs = needs.with(needs_of_part(part));
    return needs;
}

bool has_items(const Json& object, const char* name) {
    auto found = object.find(name);
    return found != object.end() && found->is_array() && !found->empty();
}

Abilities needs_of_message(const Json& message) {
    if (!message.is_object()) return {};
    Abilities needs = needs_of_part(message);  // an item of the responses API may be one itself
    if (has_items(message, "images")) needs = needs.with(picture);
    if (auto content = message.find("content"); content != message.end())
        needs = needs.with(needs_of_content(*content));
    return needs;
}

}  // namespace

bool may_hold_media(std::string_view body) {
    return body.find("image") != std::string_view::npos || body.find("audio") != std::string_view::npos;
}

Abilities needs_of(translate::Api api, std::string_view body) {
    if (is_nested_deeper(body, deepest_chat_nesting)) return {};
    Json json = Json::parse(body, nullptr, false);
    if (!json.is_object()) return {};
    Abilities needs = has_items(json, "images") ? picture : Abilities();
    auto messages = json.find(api == translate::Api::responses ? "input" : "messages");
    if (messages == json.end()) return needs;
    if (messages->is_string()) return needs.with(needs_of_content(*messages));
    if (messages->is_array())
        for (const Json& message : *messages) needs = needs.with(needs_of_message(message));
    return needs;
}

}  // namespace aihub::serve
