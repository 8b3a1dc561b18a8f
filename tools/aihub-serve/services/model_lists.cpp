#include "tools/aihub-serve/services/model_lists.hpp"

#include <algorithm>

#include "tools/aihub-serve/services/reply_json.hpp"
#include "tools/aihub-serve/services/timestamp.hpp"

namespace aihub::serve {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t last_second = 253'402'300'799;  // of the year 9999: dates are written with four digits
constexpr std::size_t digest_length = 64;

// A time that no calendar holds counts as none.
std::int64_t calendar_time(std::int64_t seconds) {
    return seconds >= 0 && seconds <= last_second ? seconds : 0;
}

std::int64_t created_of(const Json& entry) {
    const Json& created = member(entry, "created");
    return created.is_number_integer() ? calendar_time(created.get<std::int64_t>()) : 0;
}

// The array `name` of the object in `body`.
std::optional<Json> array_in(const std::string& body, const char* name) {
    Json json = object_in(body);
    if (!member(json, name).is_array()) return std::nullopt;
    return std::move(json[name]);
}

std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Anything else may be the same for two models.
std::string digest_of(const Json& entry) {
    std::string digest = text_of(entry, "digest");
    bool whole =
        digest.size() == digest_length && digest.find_first_not_of("0123456789abcdef") == digest.npos;
    return whole ? digest : std::string();
}

ListSource source_of(const Json& entry, const std::string& owner) {
    // A router's models may sleep, and being asked about could wake them.
    if (owner == "llamacpp") return entry.contains("status") ? ListSource::other : ListSource::llama_cpp;
    return owner == "organization_owner" ? ListSource::lm_studio : ListSource::other;
}

// Of the names that vLLM, aggregators, LM Studio and other gateways have for it.
std::optional<std::uint64_t> context_of(const Json& entry) {
    for (const char* name : {"max_model_len", "context_length", "max_context_length", "context_window"})
        if (std::optional<std::uint64_t> length = count_of(entry, name)) return length;
    const Json& meta = member(entry, "meta");
    std::optional<std::uint64_t> running = count_of(meta, "n_ctx");  // what it was started with
    return running ? running : count_of(meta, "n_ctx_train");
}

void state(Statement& statement, Ability ability, bool has) {
    Abilities& said = has ? statement.has : statement.lacks;
    said = said.with({ability});
}

Statement statement_of(const Json& entry) {
    Statement statement;
    statement.context_length = context_of(entry);
    const Json& inputs = member(member(entry, "architecture"), "input_modalities");
    if (inputs.is_array()) {
        state(statement, Ability::vision, holds(inputs, "image"));
        state(statement, Ability::audio, holds(inputs, "audio"));
    }
    const Json& said = member(entry, "capabilities");  // as a gateway like this one lists them
    for (Ability ability : all_abilities)
        if (auto has = truth_of(said, std::string(ability_name(ability)).c_str()))
            state(statement, ability, *has);
    statement.tools = truth_of(said, "tools");
    return statement;
}

}  // namespace

std::optional<std::vector<ListedModel>> parse_ollama_tags(const std::string& body) {
    std::optional<Json> entries = array_in(body, "models");
    if (!entries) return std::nullopt;
    std::vector<ListedModel> models;
    for (const Json& entry : *entries) {
        std::string name = text_of(entry, "name");
        if (name.empty()) name = text_of(entry, "model");
        if (name.empty()) continue;
        std::int64_t modified = unix_seconds(text_of(entry, "modified_at")).value_or(0);
        ListedModel model{name, calendar_time(modified), "library", dump(entry)};
        model.source = ListSource::ollama;
        model.identity = digest_of(entry);
        model.statement.context_length = count_of(member(entry, "details"), "context_length");
        models.push_back(std::move(model));
    }
    return models;
}

std::optional<std::vector<ListedModel>> parse_openai_models(const std::string& body) {
    std::optional<Json> entries = array_in(body, "data");
    if (!entries) return std::nullopt;
    std::vector<ListedModel> models;
    for (const Json& entry : *entries) {
        std::string id = text_of(entry, "id");
        if (id.empty()) continue;
        std::string owner = text_of(entry, "owned_by");
        ListedModel model{id, created_of(entry), owner.empty() ? "local" : owner, {}};
        model.statement = statement_of(entry);
        model.source = source_of(entry, owner);
        if (model.source == ListSource::llama_cpp) model.identity = dump(member(entry, "meta"));
        models.push_back(std::move(model));
    }
    return models;
}

}  // namespace aihub::serve
