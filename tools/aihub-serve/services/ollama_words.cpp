#include "tools/aihub-serve/services/ollama_words.hpp"

#include <nlohmann/json.hpp>

namespace aihub::serve {

using Json = nlohmann::ordered_json;

Json ollama_capabilities(const Capabilities& capabilities) {
    Json words = Json::array();
    if (capabilities.chats()) words.push_back("completion");
    if (capabilities.has(Ability::vision)) words.push_back("vision");
    if (capabilities.has(Ability::audio)) words.push_back("audio");
    if (capabilities.tools.value_or(false)) words.push_back("tools");
    if (capabilities.has(Ability::embedding)) words.push_back("embedding");
    return words;
}

Json ollama_details(const Capabilities& capabilities) {
    Json family = type_name(capabilities.type);
    return {{"parent_model", ""},   {"format", ""},
            {"family", family},     {"families", Json::array({family})},
            {"parameter_size", ""}, {"quantization_level", ""}};
}

}  // namespace aihub::serve
