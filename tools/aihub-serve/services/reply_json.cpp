#include "tools/aihub-serve/services/reply_json.hpp"

#include <algorithm>

#include "tools/aihub-serve/services/nesting.hpp"

namespace aihub::serve {

using Json = nlohmann::json;

Json object_in(const std::string& body) {
    if (is_nested_deeper(body, deepest_nesting)) return nullptr;
    Json json = Json::parse(body, nullptr, false);
    return json.is_object() ? json : Json(nullptr);
}

const Json& member(const Json& object, const char* name) {
    static const Json none = nullptr;
    auto found = object.find(name);
    return found == object.end() ? none : *found;
}

std::string text_of(const Json& object, const char* name) {
    const Json& value = member(object, name);
    return value.is_string() ? value.get<std::string>() : std::string();
}

std::optional<bool> truth_of(const Json& object, const char* name) {
    const Json& value = member(object, name);
    return value.is_boolean() ? std::optional(value.get<bool>()) : std::nullopt;
}

std::optional<std::uint64_t> count_of(const Json& object, const char* name) {
    const Json& value = member(object, name);
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() == 0) return std::nullopt;
    return value.get<std::uint64_t>();
}

bool holds(const Json& list, const char* text) {
    return list.is_array() && std::any_of(list.begin(), list.end(), [&](const Json& item) {
               return item.is_string() && item.get_ref<const std::string&>() == text;
           });
}

}  // namespace aihub::serve
