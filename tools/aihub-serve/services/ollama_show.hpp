// Ollama's /api/show for a model that no Ollama server has: what the catalogue knows of it, in the shape that
// Ollama's own answer has. Pure, any thread.
#pragma once

#include <string>

#include "tools/aihub-serve/services/model_space.hpp"

namespace aihub::serve {

// JSON.
std::string show_body(const ModelEntry& entry);

}  // namespace aihub::serve
