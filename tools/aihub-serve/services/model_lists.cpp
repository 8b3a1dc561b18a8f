#include "tools/aihub-serve/services/model_lists.hpp"

#include <nlohmann/json.hpp>

#include "tools/aihub-serve/services/nesting.hpp"

namespace aihub::serve {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t last_second = 253'402'300'799;  // of the year 9999: dates are written with four digits

std::string text_of(const Json& object, const char* name) {
    auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// A time that no calendar holds counts as none.
std::int64_t created_of(const Json& entry) {
    auto found = entry.find("created");
    if (found == entry.end() || !found->is_number_integer()) return 0;
    auto seconds = found->get<std::int64_t>();
    return seconds >= 0 && seconds <= last_second ? seconds : 0;
}

// The array `name` of the object in `body`.
std::optional<Json> array_in(const std::string& body, const char* name) {
    if (is_nested_deeper(body, deepest_nesting)) return std::nullopt;
    Json json = Json::parse(body, nullptr, false);
    if (!json.is_object() || !json.contains(name) || !json[name].is_array()) return std::nullopt;
    return json[name];
}

}  // namespace

std::optional<std::vector<ListedModel>> parse_ollama_tags(const std::string& body) {
    std::optional<Json> entries = array_in(body, "models");
    if (!entries) return std::nullopt;
    std::vector<ListedModel> models;
    for (const Json& entry : *entries) {
        if (!entry.is_object()) continue;
        std::string name = text_of(entry, "name");
        if (name.empty()) name = text_of(entry, "model");
        if (name.empty()) continue;
        models.push_back({name, 0, "library", entry.dump(-1, ' ', false, Json::error_handler_t::replace)});
    }
    return models;
}

std::optional<std::vector<ListedModel>> parse_openai_models(const std::string& body) {
    std::optional<Json> entries = array_in(body, "data");
    if (!entries) return std::nullopt;
    std::vector<ListedModel> models;
    for (const Json& entry : *entries) {
        std::string id = entry.is_object() ? text_of(entry, "id") : std::string();
        if (id.empty()) continue;
        std::string owner = text_of(entry, "owned_by");
        models.push_back({id, created_of(entry), owner.empty() ? "local" : owner, {}});
    }
    return models;
}

}  // namespace aihub::serve
