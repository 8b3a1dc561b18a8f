#include "tools/aihub-serve/services/model_details.hpp"

#include "tools/aihub-serve/services/reply_json.hpp"

namespace aihub::serve {
namespace {

using Json = nlohmann::json;

void state(Statement& statement, Ability ability, std::optional<bool> has) {
    if (!has) return;
    Abilities& said = *has ? statement.has : statement.lacks;
    said = said.with({ability});
}

// "llama.context_length" for the architecture llama.
std::optional<std::uint64_t> trained_context(const Json& info) {
    if (!info.is_object()) return std::nullopt;
    return count_of(info, (text_of(info, "general.architecture") + ".context_length").c_str());
}

ModelDetails lm_studio_details(const Json& entry) {
    ModelDetails details;
    std::string type = text_of(entry, "type");
    if (type == "llm") details.statement.has = {Ability::text};
    if (type == "vlm") details.statement.has = {Ability::text, Ability::vision};
    if (type == "embeddings") details.statement.has = {Ability::embedding};
    if (type == "llm") details.statement.lacks = {Ability::vision, Ability::embedding};
    if (type == "vlm") details.statement.lacks = {Ability::embedding};
    const Json& more = member(entry, "capabilities");
    if (more.is_array()) details.statement.tools = holds(more, "tool_use");
    details.statement.context_length = count_of(entry, "loaded_context_length");
    if (!details.statement.context_length)
        details.statement.context_length = count_of(entry, "max_context_length");
    if (std::string now = text_of(entry, "state"); !now.empty()) details.loaded = now == "loaded";
    return details;
}

}  // namespace

// Whether a model embeds is not denied by its silence: Ollama embeds with models for text, too.
ModelDetails read_ollama_show(const std::string& body) {
    ModelDetails details;
    Json reply = object_in(body);
    const Json& words = member(reply, "capabilities");
    if (words.is_array()) {
        Statement& statement = details.statement;
        if (holds(words, "completion")) statement.has = statement.has.with({Ability::text});
        if (holds(words, "embedding")) statement.has = statement.has.with({Ability::embedding});
        state(statement, Ability::vision, holds(words, "vision"));
        state(statement, Ability::audio, holds(words, "audio"));
        state(statement, Ability::speech, false);
        statement.tools = holds(words, "tools");
    }
    details.statement.context_length = trained_context(member(reply, "model_info"));
    return details;
}

ModelDetails read_llama_props(const std::string& body) {
    ModelDetails details;
    Json reply = object_in(body);
    const Json& modalities = member(reply, "modalities");
    state(details.statement, Ability::vision, truth_of(modalities, "vision"));
    state(details.statement, Ability::audio, truth_of(modalities, "audio"));
    details.statement.tools = truth_of(member(reply, "chat_template_caps"), "supports_tool_calls");
    details.statement.context_length = count_of(member(reply, "default_generation_settings"), "n_ctx");
    return details;
}

std::vector<std::pair<std::string, ModelDetails>> read_lm_studio_list(const std::string& body) {
    std::vector<std::pair<std::string, ModelDetails>> models;
    Json reply = object_in(body);
    for (const Json& entry : member(reply, "data"))
        if (std::string id = text_of(entry, "id"); !id.empty())
            models.emplace_back(std::move(id), lm_studio_details(entry));
    return models;
}

void add_details(ListedModel& model, const ModelDetails& details) {
    Statement& known = model.statement;
    const Statement& fresh = details.statement;
    known.has = known.has.without(fresh.lacks).with(fresh.has);
    known.lacks = known.lacks.without(fresh.has).with(fresh.lacks);
    if (fresh.tools) known.tools = fresh.tools;
    if (fresh.context_length) known.context_length = fresh.context_length;
    if (details.loaded) model.loaded = details.loaded;
}

}  // namespace aihub::serve
