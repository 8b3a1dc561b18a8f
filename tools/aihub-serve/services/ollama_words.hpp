// What Ollama's lists and its /api/show say alike of a model, for models that no Ollama has. Pure, any
// thread.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "tools/aihub-serve/services/capabilities.hpp"

namespace aihub::serve {

// "completion", "vision", …, in Ollama's order.
nlohmann::ordered_json ollama_capabilities(const Capabilities& capabilities);

// With all members that its clients' Go and Python types need; the type is the family.
nlohmann::ordered_json ollama_details(const Capabilities& capabilities);

}  // namespace aihub::serve
