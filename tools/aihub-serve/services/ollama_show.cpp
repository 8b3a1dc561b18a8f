#include "tools/aihub-serve/services/ollama_show.hpp"

#include <nlohmann/json.hpp>

#include "shared/base/clock.hpp"
#include "tools/aihub-serve/services/catalogue.hpp"

namespace aihub::serve {
namespace {

using Json = nlohmann::ordered_json;

// Clients show it to people; a server that is no Ollama has none.
std::string modelfile_of(const ModelEntry& entry) {
    std::string place =
        entry.placements.empty() ? "" : entry.placements.front().upstream->service->config.name;
    return "# " + entry.name + " runs at " + place +
           ", which is no Ollama: its server holds template and parameters.\n" + "FROM " + entry.name + "\n";
}

Json details_of(const std::string& family) {
    return {{"parent_model", ""},   {"format", ""},
            {"family", family},     {"families", Json::array({family})},
            {"parameter_size", ""}, {"quantization_level", ""}};
}

// The architecture is the key under which clients look the context up.
Json model_info_of(const ModelEntry& entry, const std::string& architecture) {
    Json info = {{"general.architecture", architecture}, {"general.basename", entry.name}};
    if (auto length = entry.capabilities.context_length) info[architecture + ".context_length"] = *length;
    return info;
}

// Ollama's words.
Json abilities_of(const Capabilities& capabilities) {
    Json words = Json::array();
    if (capabilities.chats()) words.push_back("completion");
    if (capabilities.has(Ability::vision)) words.push_back("vision");
    if (capabilities.has(Ability::audio)) words.push_back("audio");
    if (capabilities.tools.value_or(false)) words.push_back("tools");
    if (capabilities.has(Ability::embedding)) words.push_back("embedding");
    return words;
}

}  // namespace

std::string show_body(const ModelEntry& entry) {
    std::string family(type_name(entry.capabilities.type));
    Json shown = {{"modelfile", modelfile_of(entry)},
                  {"template", "{{ .Prompt }}"},
                  {"details", details_of(family)},
                  {"model_info", model_info_of(entry, family)},
                  {"capabilities", abilities_of(entry.capabilities)},
                  {"modified_at", utc_iso8601(entry.listed.created * 1000)}};
    return shown.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace aihub::serve
