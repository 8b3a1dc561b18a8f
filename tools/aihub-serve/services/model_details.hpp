// A model as its server describes it: what its list says, and what it says when it is asked for more. Pure,
// any thread; replies are read whatever they hold.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tools/aihub-serve/services/capabilities.hpp"

namespace aihub::serve {

struct ListedModel {
    std::string id;
    std::int64_t created = 0;  // Unix seconds; 0: the server does not say
    std::string owner;
    std::string ollama_entry;      // its object in Ollama's /api/tags, as JSON; empty elsewhere
    Statement statement = {};      // what is known of its abilities
    std::optional<bool> loaded{};  // in memory just now; nothing: the server does not say

    bool operator==(const ListedModel&) const = default;
};

}  // namespace aihub::serve
