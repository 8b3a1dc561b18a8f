// What Ollama's chat and generate requests have in common, put into the common form of a request: options,
// keep_alive, format, think and log probabilities. Errors are invalid_input and name the member. Pure, any
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/result.hpp"
#include "tools/aihub-serve/translate/api.hpp"
#include "tools/aihub-serve/translate/json_text.hpp"
#include "tools/aihub-serve/translate/translation.hpp"

namespace aihub::translate {

// A request to Ollama's chat or generate that says nothing: it loads the model, or unloads it (keep_alive 0).
bool is_load_request(Api api, const Json& request);
// What Ollama answers to it once the model is there. Refuses to unload: only Ollama's servers can.
Result<std::string> load_reply(Api api, const Json& request, const Circumstances& circumstances);

// As Ollama reads it: a number of seconds, or a duration in words ("5m", "1h30m"). Whole seconds, at least
// one; nothing for a negative one, which is for ever.
Result<std::optional<std::uint64_t>> keep_alive_seconds(const Json& value);

// Every option in the members that llama.cpp, vLLM and LM Studio take in chat completions.
Result<void> take_options(const Json& options, const Circumstances& circumstances, Json& common);

// A member that chat and generate share. False: it is none of them.
Result<bool> take_shared_member(std::string_view name, const Json& value, const Circumstances& circumstances,
                                Json& common);

// `stream`, which is true when it is absent, and what the common form says for it.
Result<bool> take_stream(const Json& request, Json& common);

}  // namespace aihub::translate
