// Looks into JSON that servers sent, whatever it holds: a member that is missing or of another kind is none.
// Pure, any thread. For .cpp files of this folder only, since it brings the JSON library along.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace aihub::serve {

// The object in `body`; null when there is none, or when it nests too deeply.
nlohmann::json object_in(const std::string& body);

// The member, or null.
const nlohmann::json& member(const nlohmann::json& object, const char* name);
std::string text_of(const nlohmann::json& object, const char* name);
std::optional<bool> truth_of(const nlohmann::json& object, const char* name);
// A whole number above 0.
std::optional<std::uint64_t> count_of(const nlohmann::json& object, const char* name);
// Whether the member is a list that holds the text.
bool holds(const nlohmann::json& list, const char* text);

}  // namespace aihub::serve
