#include "tools/aihub-serve/services/ollama_show.hpp"

#include <nlohmann/json.hpp>

#include "shared/base/clock.hpp"
#include "tools/aihub-serve/services/catalogue.hpp"
#include "tools/aihub-serve/services/ollama_words.hpp"

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

// The architecture is the key under which clients look the context up.
Json model_info_of(const ModelEntry& entry, const std::string& architecture) {
    Json info = {{"general.architecture", architecture}, {"general.basename", entry.name}};
    if (auto length = entry.capabilities.context_length) info[architecture + ".context_length"] = *length;
    return info;
}

}  // namespace

std::string show_body(const ModelEntry& entry) {
    std::string family(type_name(entry.capabilities.type));
    Json shown = {{"modelfile", modelfile_of(entry)},
                  {"template", "{{ .Prompt }}"},
                  {"details", ollama_details(entry.capabilities)},
                  {"model_info", model_info_of(entry, family)},
                  {"capabilities", ollama_capabilities(entry.capabilities)},
                  {"modified_at", utc_iso8601(entry.listed.created * 1000)}};
    return shown.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace aihub::serve
