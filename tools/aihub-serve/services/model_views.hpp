// The model space as clients are shown it: in the shapes of OpenAI's, Ollama's and the gateway's own lists.
// Pure, any thread; each gives JSON text.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "tools/aihub-serve/services/model_space.hpp"

namespace aihub::serve {

class Catalogue;

// Which names a client may see; none: all.
using NameFilter = std::function<bool(std::string_view name)>;

// Of /v1/models: every model once and the aliases, sorted by name.
std::string openai_list_of(const ModelSpace& models, const NameFilter& wanted = {});
// Of /v1/models/ID, by any name that resolve() knows; empty when there is none.
std::string openai_model_of(const ModelSpace& models, std::string_view id, const NameFilter& wanted = {});
// Of /api/tags: an Ollama server's own entries as they came, others in their shape.
std::string ollama_list_of(const ModelSpace& models, const NameFilter& wanted = {});

// Of /api/models: each with its type and whether a server that has it answers. Asks the breakers, so each
// call may say another thing.
std::string public_list_of(const Catalogue& catalogue);
// Of /user/api/models.
std::string caller_list_of(const ModelSpace& models, const NameFilter& wanted = {});

}  // namespace aihub::serve
