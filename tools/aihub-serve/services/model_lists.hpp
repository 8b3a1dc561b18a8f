// Reads the lists of models that servers send, whatever they send. Pure, any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/aihub-serve/services/model_details.hpp"

namespace aihub::serve {

// The models in a reply of Ollama's /api/tags, or of OpenAI's /v1/models; nothing when it is neither.
std::optional<std::vector<ListedModel>> parse_ollama_tags(const std::string& body);
std::optional<std::vector<ListedModel>> parse_openai_models(const std::string& body);

}  // namespace aihub::serve
