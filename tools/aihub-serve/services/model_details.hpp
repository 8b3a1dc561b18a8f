// A model as its server describes it: what its list says of it, and what the server says when it is asked for
// more. Pure, any thread; replies are read whatever they hold.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/aihub-serve/services/capabilities.hpp"

namespace aihub::serve {

// Whose list it is, as far as the list shows: these can be asked for more.
enum class ListSource : std::uint8_t { other, ollama, llama_cpp, lm_studio };

struct ListedModel {
    std::string id;
    std::int64_t created = 0;  // Unix seconds; 0: the server does not say
    std::string owner;
    std::string ollama_entry;         // its object in Ollama's /api/tags, as JSON; empty elsewhere
    Statement statement = {};         // what is known of its abilities
    std::optional<bool> loaded = {};  // in memory just now; nothing: the server does not say
    ListSource source = ListSource::other;
    std::string identity = {};  // what lies behind the name: Ollama's digest, llama.cpp's figures

    bool operator==(const ListedModel&) const = default;
};

// What a further question brought to light about one model.
struct ModelDetails {
    Statement statement;
    std::optional<bool> loaded;

    bool operator==(const ModelDetails&) const = default;
};

// Of a reply of Ollama's /api/show or llama.cpp's /props; empty details when the reply is neither.
ModelDetails read_ollama_show(const std::string& body);
ModelDetails read_llama_props(const std::string& body);
// Of LM Studio's /api/v0/models, by id.
std::vector<std::pair<std::string, ModelDetails>> read_lm_studio_list(const std::string& body);

// The details count where both say something.
void add_details(ListedModel& model, const ModelDetails& details);

}  // namespace aihub::serve
