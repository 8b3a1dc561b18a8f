#include "tools/aihub-serve/services/model_space.hpp"

#include <algorithm>

#include "tools/aihub-serve/services/catalogue.hpp"
#include "tools/aihub-serve/services/plain_name.hpp"

namespace aihub::serve {
namespace {

using config::ServiceKind;

// Servers for one purpose have models for that purpose, whatever these are called.
ModelType type_at(const Upstream& upstream, std::string_view id) {
    switch (upstream.service->config.kind) {
        case ServiceKind::speech:
            return ModelType::tts;
        case ServiceKind::transcription:
            return ModelType::audio;
        default:
            return type_from_name(id);
    }
}

Capabilities overruled(Capabilities capabilities, const config::ModelConfig& said) {
    if (std::optional<ModelType> type = type_named(said.type)) {
        capabilities.type = *type;
        capabilities.abilities = abilities_of(*type);
    }
    if (capabilities.embeds_only()) capabilities.tools = false;
    if (said.tools) capabilities.tools = said.tools;
    if (said.context_length > 0) capabilities.context_length = said.context_length;
    return capabilities;
}

// What a request may count on, whichever server it comes to: any of them can be chosen for an ability, none
// for a longer context than it has.
Capabilities together(Capabilities all, const Capabilities& more) {
    if (!all.chats() && more.chats()) all.type = more.type;
    if (all.chats() && more.chats()) all.type = std::max(all.type, more.type);
    all.abilities = all.abilities.with(more.abilities);
    if (more.tools) all.tools = all.tools.value_or(false) || *more.tools;
    if (more.context_length)
        all.context_length =
            std::min(all.context_length.value_or(*more.context_length), *more.context_length);
    return all;
}

bool is_able(const ModelEntry& entry, Ability ability) {
    bool for_chat = ability != Ability::embedding && ability != Ability::speech;
    return entry.capabilities.has(ability) && (!for_chat || entry.capabilities.chats());
}

}  // namespace

void ModelSpace::add(const Upstream& upstream, const ListedModel& model) {
    std::unique_ptr<ModelEntry>& entry = index_[std::string(plain_name(model.id))];
    if (!entry) {
        entry = std::make_unique<ModelEntry>();
        entry->name = model.id;
        entry->listed = model;
        order_.push_back(entry.get());
    }
    for (const Placement& placement : entry->placements)
        if (placement.upstream == &upstream) return;  // it lists the model under both of its names
    if (entry->listed.ollama_entry.empty()) entry->listed.ollama_entry = model.ollama_entry;
    if (model.loaded) entry->listed.loaded = entry->listed.loaded.value_or(false) || *model.loaded;
    Capabilities capabilities = combine(type_at(upstream, model.id), model.statement);
    entry->placements.push_back({&upstream, model.id, capabilities});
}

void ModelSpace::finish(const config::Configuration& configuration, Turns& turns) {
    for (const config::ModelAlias& alias : configuration.aliases) aliases_.emplace(alias.name, alias);
    for (const config::ModelConfig& model : configuration.models)
        said_.emplace(plain_name(model.name), model);
    for (auto& [name, entry] : index_) {
        describe(*entry);
        Turn& turn = turns[name];
        if (!turn) turn = std::make_shared<std::atomic<std::uint64_t>>(0);
        entry->turn = turn;
    }
    // Of models that are gone and that no request of an older catalogue may still name.
    std::erase_if(turns, [](const auto& turn) { return turn.second.use_count() == 1; });
    rank();
}

void ModelSpace::describe(ModelEntry& entry) {
    auto said = said_.find(plain_name(entry.name));
    for (Placement& placement : entry.placements) {
        if (said != said_.end()) placement.capabilities = overruled(placement.capabilities, said->second);
        bool first = &placement == &entry.placements.front();
        entry.capabilities =
            first ? placement.capabilities : together(entry.capabilities, placement.capabilities);
    }
    if (said != said_.end()) entry.fallbacks = said->second.fallbacks;
}

void ModelSpace::rank() {
    for (bool loaded : {true, false})
        for (const ModelEntry* entry : order_)
            for (Ability ability : all_abilities)
                if (entry->listed.loaded.value_or(false) == loaded && is_able(*entry, ability))
                    able_[static_cast<std::size_t>(ability)].push_back(entry);
}

const ModelEntry* ModelSpace::find(std::string_view name) const {
    auto found = index_.find(plain_name(name));
    return found == index_.end() ? nullptr : found->second.get();
}

Resolved ModelSpace::resolve(std::string_view name) const {
    return resolve(name, 0);
}

// For a model that no server lists any more: the first of its fallbacks that is there.
Resolved ModelSpace::stand_in(std::string_view name, int depth) const {
    auto said = said_.find(plain_name(name));
    if (said == said_.end()) return {};
    for (const std::string& fallback : said->second.fallbacks) {
        Resolved resolved = resolve(fallback, depth + 1);
        if (resolved.entry) return {resolved.entry, resolved.only, "stands in for " + said->first};
    }
    return {};
}

Resolved ModelSpace::resolve(std::string_view name, int depth) const {
    if (const ModelEntry* entry = find(name)) return {entry, nullptr, {}};
    if (Resolved named = at_service(name); named.entry) return named;
    auto alias = aliases_.find(name);
    if (alias == aliases_.end()) alias = aliases_.find(plain_name(name));
    if (depth == config::deepest_alias) return {};
    if (alias == aliases_.end()) return stand_in(name, depth);
    for (const std::string& target : alias->second.targets) {
        Resolved resolved = resolve(target, depth + 1);
        if (resolved.entry) return {resolved.entry, resolved.only, "alias " + alias->first};
    }
    return {};
}

Resolved ModelSpace::at_service(std::string_view name) const {
    std::size_t slash = name.find('/');
    if (slash == std::string_view::npos) return {};
    const ModelEntry* entry = find(name.substr(slash + 1));
    if (!entry) return {};
    for (const Placement& placement : entry->placements) {
        const Service* service = placement.upstream->service;
        if (service->config.name == name.substr(0, slash)) return {entry, service, {}};
    }
    return {};
}

const ModelEntry* ModelSpace::able(Ability ability) const {
    const std::vector<const ModelEntry*>& able = all_able(ability);
    return able.empty() ? nullptr : able.front();
}

const std::vector<const ModelEntry*>& ModelSpace::all_able(Ability ability) const {
    return able_[static_cast<std::size_t>(ability)];
}

std::vector<LivingAlias> ModelSpace::aliases() const {
    std::vector<LivingAlias> living;
    for (const auto& [name, alias] : aliases_) {
        if (find(name) || at_service(name).entry) continue;
        for (const std::string& target : alias.targets) {
            Resolved resolved = resolve(target);
            if (!resolved.entry) continue;
            living.push_back({name, target, resolved.entry});
            break;
        }
    }
    return living;
}

}  // namespace aihub::serve
