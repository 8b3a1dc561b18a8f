// A request of the common form as Ollama's /api/chat takes it. Errors are invalid_input and name the member.
// Pure, any thread.
#pragma once

#include "shared/base/result.hpp"
#include "tools/aihub-serve/translate/chat_sides.hpp"

namespace aihub::translate {

Result<Json> ollama_chat_request(const Json& common);

}  // namespace aihub::translate
