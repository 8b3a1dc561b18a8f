#include "shared/config/config_json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "shared/base/strings.hpp"

namespace aihub::config {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json list_of(const std::vector<std::string>& texts, bool secret = false) {
    Json list = Json::array();
    for (const std::string& text : texts) list.push_back(secret ? mask_secret(text) : text);
    return list;
}

Json value_of(const Settings& settings, const Setting& row) {
    const std::string& text = settings.text(row.name);
    switch (row.type) {
        case Type::boolean:
            return settings.boolean(row.name);
        case Type::integer:
            return settings.integer(row.name);
        case Type::number:
            return text.empty() ? Json(nullptr) : Json(settings.number(row.name));
        case Type::list:
            return list_of(settings.list(row.name), row.secret);
        default:
            return row.secret && !text.empty() ? Json(mask_secret(text)) : Json(text);
    }
}

// The place of "pricing.input_per_1k".
Json& place(Json& root, std::string_view name) {
    Json* at = &root;
    for (std::string_view part : split(name, '.')) at = &(*at)[std::string(part)];
    return *at;
}

void add(Json& object, const std::string& name, const std::optional<std::int64_t>& value) {
    if (value) object[name] = *value;
}

void add_prices(Json& object, const PriceConfig& prices) {
    auto add_price = [&](const char* name, const std::optional<double>& price) {
        if (price) object[name] = *price;
    };
    add_price("input_per_1k", prices.input_per_1k);
    add_price("output_per_1k", prices.output_per_1k);
    add_price("audio_per_minute", prices.audio_per_minute);
    add_price("speech_per_1k_characters", prices.speech_per_1k_characters);
}

bool share_evenly(const ServiceConfig& service) {
    return std::all_of(service.weights.begin(), service.weights.end(), [](unsigned w) { return w == 1; });
}

Json service_json(const ServiceConfig& service) {
    Json json;
    if (service.urls.size() == 1)
        json["url"] = service.urls.front();
    else
        json["urls"] = service.urls;
    json["kind"] = std::string(kind_name(service.kind));
    if (!share_evenly(service)) {
        json["weights"] = Json::array();
        for (unsigned weight : service.weights) json["weights"].push_back(std::to_string(weight));
    }
    if (!service.key.empty()) json["key"] = mask_secret(service.key);
    json["body_limit"] = format_size(service.body_limit);
    json["connect_timeout"] = format_duration(service.connect_timeout);
    json["first_byte_timeout"] = format_duration(service.first_byte_timeout);
    json["idle_timeout"] = format_duration(service.idle_timeout);
    if (!service.models.empty()) json["models"] = service.models;
    json["verify_tls"] = service.verify_tls;
    json["priority"] = service.priority;
    if (!service.group.empty()) json["group"] = service.group;
    json["max_concurrent"] = service.max_concurrent;
    json["cost"] = service.cost;
    if (!service.apis.empty()) json["apis"] = service.apis;
    return json;
}

Json hub_json(const HubInstance& hub) {
    Json json;
    if (!hub.name.empty()) json["Name"] = hub.name;
    json["Address"] = hub.address;
    json["Load"] = hub.load;
    json["Capacity"] = hub.capacity;
    return json;
}

Json model_json(const ModelConfig& model) {
    Json json = Json::object();
    if (!model.type.empty()) json["type"] = model.type;
    if (model.context_length > 0) json["context_length"] = model.context_length;
    if (model.tools) json["tools"] = *model.tools;
    if (!model.fallbacks.empty()) json["fallbacks"] = model.fallbacks;
    add_prices(json, model.prices);
    add(json, "requests_per_minute", model.requests_per_minute);
    add(json, "tokens_per_minute", model.tokens_per_minute);
    return json;
}

Json tier_json(const TierConfig& tier) {
    Json json;
    json["unlimited"] = tier.unlimited;
    add(json, "requests_per_minute", tier.requests_per_minute);
    add(json, "tokens_per_minute", tier.tokens_per_minute);
    add(json, "max_concurrent", tier.max_concurrent);
    if (tier.prepaid) json["prepaid"] = *tier.prepaid;
    json["weight"] = tier.weight;
    add_prices(json, tier.prices);
    return json;
}

template <typename Items, typename Show>
Json by_name(const Items& items, Show show) {
    Json object = Json::object();
    for (const auto& item : items) object[item.name] = show(item);
    return object;
}

Json document_of(const Configuration& configuration) {
    Json root = Json::object();
    for (const Setting& row : settings_table()) place(root, row.name) = value_of(configuration.settings, row);
    root["services"] = by_name(configuration.services, service_json);
    root["groups"] = by_name(configuration.groups,
                             [](const ServiceGroup& group) { return Json{{"strategy", group.strategy}}; });
    root["aliases"] =
        by_name(configuration.aliases, [](const ModelAlias& alias) { return list_of(alias.targets); });
    root["models"] = by_name(configuration.models, model_json);
    root["tiers"] = by_name(configuration.tiers, tier_json);
    root["loaded_models"] = by_name(configuration.loaded_models, [](const LoadedModel& model) {
        return Json{{"model_type", model.type}, {"keep_alive", model.keep_alive}};
    });
    root["HubInstances"] = Json::array();
    for (const HubInstance& hub : configuration.hubs) root["HubInstances"].push_back(hub_json(hub));
    return root;
}

Json origins_of(const Configuration& configuration) {
    Json origins = Json::object();
    for (const Setting& row : settings_table())
        if (!configuration.settings.is_default(row.name))
            origins[std::string(row.name)] = configuration.settings.at(row.name).origin;
    for (const ServiceConfig& service : configuration.services)
        origins["services." + service.name] = service.origin;
    return origins;
}

std::string inside(const std::string& path, const std::string& name) {
    return path.empty() ? name : path + "." + name;
}

void compare(const std::string& path, const Json& before, const Json& after, Json& found) {
    if (before == after) return;
    if (!before.is_object() || !after.is_object()) {
        found[path] = {{"from", before}, {"to", after}};
        return;
    }
    for (const auto& [name, value] : before.items())
        compare(inside(path, name), value, after.contains(name) ? after[name] : Json(nullptr), found);
    for (const auto& [name, value] : after.items())
        if (!before.contains(name)) compare(inside(path, name), nullptr, value, found);
}

// A default that follows what is on the disk, or another setting: nobody has changed it.
void forget_defaults(const Settings& before, const Settings& after, Json& found) {
    for (const Setting& row : settings_table())
        if (before.is_default(row.name) && after.is_default(row.name)) found.erase(std::string(row.name));
}

// A secret whose ends are the same was changed all the same.
void note_secrets(const Settings& before, const Settings& after, Json& found) {
    for (const Setting& row : settings_table()) {
        std::string name(row.name);
        if (row.secret && before.text(row.name) != after.text(row.name) && !found.contains(name))
            found[name] = {{"from", before.shown(row.name)}, {"to", after.shown(row.name)}};
    }
}

bool is_masked(const Json& value) {
    return value.is_string() && value.get_ref<const std::string&>().find("…") != std::string::npos;
}

// Items that show a secret of the list become that secret.
Json unmasked_list(Json list, const std::vector<std::string>& secrets) {
    for (Json& item : list)
        for (const std::string& secret : secrets)
            if (is_masked(item) && item == mask_secret(secret)) {
                item = secret;
                break;
            }
    return list;
}

Json unmasked(const Json& patch, const Json& shown) {
    Json kept = Json::object();
    for (const auto& [name, value] : patch.items()) {
        Json known = shown.is_object() && shown.contains(name) ? shown[name] : Json(nullptr);
        if (is_masked(value) && value == known) continue;
        kept[name] = value.is_object() ? unmasked(value, known) : value;
    }
    return kept;
}

void find_overridden(const std::string& path, const Json& value, const Settings& after,
                     std::vector<std::string>& found) {
    const Setting* row = find_setting(path);
    if (!row && value.is_object())
        for (const auto& [name, member] : value.items())
            find_overridden(inside(path, name), member, after, found);
    if (!row) return;
    const std::string& origin = after.at(row->name).origin;
    bool elsewhere = origin.starts_with("flag ") || origin.find("environment ") == 0 ||
                     origin.find(".env ") != std::string::npos;
    if (elsewhere) found.push_back(path);
}

}  // namespace

std::string to_json(const Configuration& configuration) {
    Json root = document_of(configuration);
    const std::string& key = configuration.settings.text("admin_key");
    root["admin_key_display"] = key.empty() ? Json(nullptr) : Json(mask_secret(key));
    root["_file"] = configuration.file.empty() ? Json(nullptr) : Json(configuration.file);
    root["_origins"] = origins_of(configuration);
    return dump(root);
}

std::string differences(const Configuration& before, const Configuration& after) {
    Json found = Json::object();
    compare("", document_of(before), document_of(after), found);
    forget_defaults(before.settings, after.settings, found);
    note_secrets(before.settings, after.settings, found);
    return dump(found);
}

std::string without_masks(std::string_view patch, const Configuration& configuration) {
    Json changes = Json::parse(patch, nullptr, false);
    if (!changes.is_object()) return "{}";
    Json kept = Json::object();
    Json meant = unmasked(changes, document_of(configuration));
    for (const auto& [name, value] : meant.items())
        if (!name.starts_with('_') && name != "admin_key_display") kept[name] = value;
    for (const Setting& row : settings_table()) {
        auto found = kept.find(std::string(row.name));
        if (row.secret && row.type == Type::list && found != kept.end() && found->is_array())
            *found = unmasked_list(*found, configuration.settings.list(row.name));
    }
    return dump(kept);
}

std::vector<std::string> overridden(std::string_view patch, const Configuration& after) {
    std::vector<std::string> found;
    Json changes = Json::parse(patch, nullptr, false);
    if (!changes.is_object()) return found;
    for (const auto& [name, value] : changes.items()) find_overridden(name, value, after.settings, found);
    return found;
}

}  // namespace aihub::config
