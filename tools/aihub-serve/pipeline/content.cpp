#include "tools/aihub-serve/pipeline/content.hpp"

#include "tools/aihub-serve/translate/json_text.hpp"

namespace aihub::serve {
namespace {

using translate::items;
using translate::Json;
using translate::member;
using translate::text_member;

constexpr Abilities picture{Ability::vision};
constexpr Abilities sound{Ability::audio};

Abilities needs_of_text(std::string_view text) {
    Abilities needs;
    if (text.find("data:image/") != std::string_view::npos) needs = needs.with(picture);
    if (text.find("data:audio/") != std::string_view::npos) needs = needs.with(sound);
    return needs;
}

// Some clients send sound where a picture's address belongs.
Abilities needs_of_image(const Json& part) {
    const Json& image = member(part, "image_url");
    std::string_view url = image.is_object() ? text_member(image, "url") : text_member(part, "image_url");
    return url.find("data:audio/") != std::string_view::npos ? sound : picture;
}

Abilities needs_of_content(const Json& content);

// A part of OpenAI's, Anthropic's or the responses API's message; Anthropic's tool results hold parts of
// their own.
Abilities needs_of_part(const Json& part) {
    std::string_view type = text_member(part, "type");
    if (type == "image_url" || type == "input_image") return needs_of_image(part);
    if (type == "image") return picture;
    if (type == "audio" || type == "input_audio" || type == "audio_url") return sound;
    if (type == "tool_result") return needs_of_content(member(part, "content"));
    if (type == "function_call_output") return needs_of_content(member(part, "output"));
    return {};
}

Abilities needs_of_content(const Json& content) {
    if (content.is_string()) return needs_of_text(content.get_ref<const std::string&>());
    Abilities needs;
    for (const Json& part : items(content)) needs = needs.with(needs_of_part(part));
    return needs;
}

Abilities needs_of_message(const Json& message) {
    Abilities needs = needs_of_part(message);  // an item of the responses API may be one itself
    if (!items(member(message, "images")).empty()) needs = needs.with(picture);
    return needs.with(needs_of_content(member(message, "content")));
}

}  // namespace

bool may_hold_media(std::string_view body) {
    return body.find("image") != std::string_view::npos || body.find("audio") != std::string_view::npos;
}

Abilities needs_of(translate::Api api, std::string_view body) {
    Result<Json> request = translate::read_json(body);
    if (!request) return {};
    Abilities needs = items(member(*request, "images")).empty() ? Abilities() : picture;
    const Json& messages = member(*request, api == translate::Api::responses ? "input" : "messages");
    if (messages.is_string()) return needs.with(needs_of_content(messages));
    for (const Json& message : items(messages)) needs = needs.with(needs_of_message(message));
    return needs;
}

}  // namespace aihub::serve
