// The messages of a chat as Ollama's /api/chat takes them: text and pictures of a message are members of
// their own there, arguments of a tool call are an object, and the result of a call bears the name of its
// tool. Errors are invalid_input and name the message and the member. Pure, any thread.
#pragma once

#include "shared/base/result.hpp"
#include "tools/aihub-serve/translate/chat_sides.hpp"

namespace aihub::translate {

// `messages`: those of the common form.
Result<Json> ollama_messages(const Json& messages);

}  // namespace aihub::translate
