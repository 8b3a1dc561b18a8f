// Ollama's way to have a model loaded ahead of its use: a chat without messages, a generation without prompt.
// Other servers have nothing to be asked for; their models are loaded when they are needed. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tools/aihub-serve/translate/translation.hpp"

namespace aihub::translate {

// What Ollama answers to a request that asks to load and for nothing else; a refusal when it asks to unload.
// Nothing for all other requests.
std::optional<Result<std::string>> answer_load_request(Api api, std::string_view body,
                                                       const Circumstances& circumstances);

}  // namespace aihub::translate
