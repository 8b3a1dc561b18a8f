#include "tools/aihub-serve/services/model_views.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "shared/base/clock.hpp"
#include "tools/aihub-serve/services/catalogue.hpp"

namespace aihub::serve {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json capabilities_of(const Capabilities& capabilities) {
    Json shown;
    for (Ability ability : all_abilities)
        shown[std::string(ability_name(ability))] = capabilities.has(ability);
    shown["tools"] = capabilities.tools ? Json(*capabilities.tools) : Json(nullptr);
    return shown;
}

Json services_of(const ModelEntry& entry) {
    Json names = Json::array();
    for (const Placement& placement : entry.placements) {
        const std::string& name = placement.upstream->service->config.name;
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    return names;
}

Json openai_entry(const std::string& id, const ModelEntry& entry, const Json& root, const Json& parent) {
    const Capabilities& capabilities = entry.capabilities;
    return {
        {"id", id},
        {"object", "model"},
        {"created", entry.listed.created},
        {"owned_by", entry.listed.owner},
        {"permission", Json::array()},
        {"root", root},
        {"parent", parent},
        {"type", type_name(capabilities.type)},
        {"capabilities", capabilities_of(capabilities)},
        {"context_length", capabilities.context_length ? Json(*capabilities.context_length) : Json(nullptr)},
        {"services", services_of(entry)}};
}

Json alias_entry(const LivingAlias& alias) {
    return openai_entry(alias.name, *alias.entry, alias.target, alias.target);
}

// Rows by the name under which they are listed.
std::map<std::string, Json> openai_entries(const ModelSpace& models) {
    std::map<std::string, Json> rows;
    for (const ModelEntry* entry : models.entries())
        rows.emplace(entry->name, openai_entry(entry->name, *entry, entry->name, nullptr));
    for (const LivingAlias& alias : models.aliases()) rows.emplace(alias.name, alias_entry(alias));
    return rows;
}

Json listed(std::map<std::string, Json> rows) {
    Json list = Json::array();
    for (auto& [name, row] : rows) list.push_back(std::move(row));
    return list;
}

// Ollama's own words for what a model can do.
Json ollama_capabilities(const Capabilities& capabilities) {
    Json words = Json::array();
    if (capabilities.chats()) words.push_back("completion");
    if (capabilities.tools.value_or(false)) words.push_back("tools");
    if (capabilities.has(Ability::vision)) words.push_back("vision");
    if (capabilities.has(Ability::audio)) words.push_back("audio");
    if (capabilities.has(Ability::embedding)) words.push_back("embedding");
    return words;
}

// Its clients' Go and Python types need these members.
Json ollama_shape(const std::string& name, const ModelEntry& entry) {
    const Capabilities& capabilities = entry.capabilities;
    Json family = type_name(capabilities.type);
    Json details = {{"parent_model", ""},   {"format", ""},
                    {"family", family},     {"families", Json::array({family})},
                    {"parameter_size", ""}, {"quantization_level", ""}};
    if (capabilities.context_length) details["context_length"] = *capabilities.context_length;
    return {{"name", name},
            {"model", name},
            {"modified_at", utc_iso8601(entry.listed.created * 1000)},
            {"size", 0},
            {"digest", ""},
            {"details", details},
            {"capabilities", ollama_capabilities(capabilities)}};
}

Json ollama_entry(const ModelEntry& entry) {
    if (entry.listed.ollama_entry.empty()) return ollama_shape(entry.name, entry);
    return Json::parse(entry.listed.ollama_entry);
}

// As Ollama lists a copy: the same model under another name.
Json ollama_alias(const LivingAlias& alias) {
    Json row = ollama_entry(*alias.entry);
    row["name"] = alias.name;
    row["model"] = alias.name;
    return row;
}

// Every model and alias with a row of its own, sorted by name.
template <typename Row>
Json listed_with(const ModelSpace& models, Row row) {
    std::map<std::string, Json> rows;
    for (const ModelEntry* entry : models.entries()) rows.emplace(entry->name, row(entry->name, *entry));
    for (const LivingAlias& alias : models.aliases()) rows.emplace(alias.name, row(alias.name, *alias.entry));
    return listed(std::move(rows));
}

bool is_online(const Catalogue& catalogue, const ModelEntry& entry) {
    return std::any_of(entry.placements.begin(), entry.placements.end(), [&](const Placement& placement) {
        return catalogue.is_answering(*placement.upstream);
    });
}

}  // namespace

std::string openai_list_of(const ModelSpace& models) {
    return dump({{"object", "list"}, {"data", listed(openai_entries(models))}});
}

std::string openai_model_of(const ModelSpace& models, std::string_view id) {
    for (const LivingAlias& alias : models.aliases())
        if (alias.name == id) return dump(alias_entry(alias));
    Resolved resolved = models.resolve(id);
    if (!resolved.entry) return {};
    const ModelEntry& entry = *resolved.entry;
    return dump(openai_entry(entry.name, entry, entry.name, nullptr));
}

std::string ollama_list_of(const ModelSpace& models) {
    std::map<std::string, Json> rows;
    for (const ModelEntry* entry : models.entries()) rows.emplace(entry->name, ollama_entry(*entry));
    for (const LivingAlias& alias : models.aliases()) rows.emplace(alias.name, ollama_alias(alias));
    return dump({{"models", listed(std::move(rows))}});
}

std::string public_list_of(const Catalogue& catalogue) {
    Json rows = listed_with(catalogue.models(), [&](const std::string& name, const ModelEntry& entry) {
        return Json{{"id", name},
                    {"type", type_name(entry.capabilities.type)},
                    {"status", is_online(catalogue, entry) ? "online" : "offline"}};
    });
    return dump({{"models", std::move(rows)}});
}

std::string caller_list_of(const ModelSpace& models) {
    return dump(listed_with(models, [](const std::string& name, const ModelEntry& entry) {
        return Json{{"name", name},
                    {"type", type_name(entry.capabilities.type)},
                    {"capabilities", capabilities_of(entry.capabilities)}};
    }));
}

}  // namespace aihub::serve
