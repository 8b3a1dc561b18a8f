#include "tools/aihub-serve/services/model_views.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "shared/base/clock.hpp"
#include "tools/aihub-serve/services/catalogue.hpp"
#include "tools/aihub-serve/services/ollama_words.hpp"

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

// A model under one of the names by which it is listed.
struct Row {
    const std::string& name;
    const ModelEntry& entry;
    const std::string* target = nullptr;  // of the alias, when it is one
};

// An alias of a model that may be seen may be seen too: it leads there.
bool is_wanted(const Row& row, const NameFilter& wanted) {
    return !wanted || wanted(row.name) || wanted(row.entry.name);
}

// Every model and alias that is wanted, as `show` makes it, sorted by name.
template <typename Show>
Json listed_with(const ModelSpace& models, const NameFilter& wanted, Show show) {
    std::map<std::string, Json> rows;
    auto add = [&](const Row& row) {
        if (is_wanted(row, wanted)) rows.emplace(row.name, show(row));
    };
    for (const ModelEntry* entry : models.entries()) add(Row{entry->name, *entry});
    for (const LivingAlias& alias : models.aliases()) add(Row{alias.name, *alias.entry, &alias.target});
    Json list = Json::array();
    for (auto& [name, row] : rows) list.push_back(std::move(row));
    return list;
}

Json openai_entry(const Row& row) {
    const Capabilities& capabilities = row.entry.capabilities;
    return {
        {"id", row.name},
        {"object", "model"},
        {"created", row.entry.listed.created},
        {"owned_by", row.entry.listed.owner},
        {"permission", Json::array()},
        {"root", row.target ? *row.target : row.name},
        {"parent", row.target ? Json(*row.target) : Json(nullptr)},
        {"type", type_name(capabilities.type)},
        {"capabilities", capabilities_of(capabilities)},
        {"context_length", capabilities.context_length ? Json(*capabilities.context_length) : Json(nullptr)},
        {"services", services_of(row.entry)}};
}

Json ollama_shape(const std::string& name, const ModelEntry& entry) {
    const Capabilities& capabilities = entry.capabilities;
    Json details = ollama_details(capabilities);
    if (capabilities.context_length) details["context_length"] = *capabilities.context_length;
    return {{"name", name},
            {"model", name},
            {"modified_at", utc_iso8601(entry.listed.created * 1000)},
            {"size", 0},
            {"digest", ""},
            {"details", details},
            {"capabilities", ollama_capabilities(capabilities)}};
}

// An alias as Ollama lists a copy: the same model under another name.
Json ollama_entry(const Row& row) {
    if (row.entry.listed.ollama_entry.empty()) return ollama_shape(row.name, row.entry);
    Json own = Json::parse(row.entry.listed.ollama_entry);
    if (!row.target) return own;
    own["name"] = row.name;
    own["model"] = row.name;
    return own;
}

bool is_online(const Catalogue& catalogue, const ModelEntry& entry) {
    return std::any_of(entry.placements.begin(), entry.placements.end(), [&](const Placement& placement) {
        return catalogue.is_answering(*placement.upstream);
    });
}

}  // namespace

std::string openai_list_of(const ModelSpace& models, const NameFilter& wanted) {
    return dump({{"object", "list"}, {"data", listed_with(models, wanted, openai_entry)}});
}

std::string openai_model_of(const ModelSpace& models, std::string_view id, const NameFilter& wanted) {
    auto shown = [&](const Row& row) {
        return is_wanted(row, wanted) ? dump(openai_entry(row)) : std::string();
    };
    for (const LivingAlias& alias : models.aliases())
        if (alias.name == id) return shown({alias.name, *alias.entry, &alias.target});
    Resolved resolved = models.resolve(id);
    return resolved.entry ? shown({resolved.entry->name, *resolved.entry}) : std::string();
}

std::string ollama_list_of(const ModelSpace& models, const NameFilter& wanted) {
    return dump({{"models", listed_with(models, wanted, ollama_entry)}});
}

std::string public_list_of(const Catalogue& catalogue) {
    Json rows = listed_with(catalogue.models(), {}, [&](const Row& row) {
        return Json{{"id", row.name},
                    {"type", type_name(row.entry.capabilities.type)},
                    {"status", is_online(catalogue, row.entry) ? "online" : "offline"}};
    });
    return dump({{"models", std::move(rows)}});
}

std::string caller_list_of(const ModelSpace& models, const NameFilter& wanted) {
    return dump(listed_with(models, wanted, [](const Row& row) {
        return Json{{"name", row.name},
                    {"type", type_name(row.entry.capabilities.type)},
                    {"capabilities", capabilities_of(row.entry.capabilities)}};
    }));
}

}  // namespace aihub::serve
