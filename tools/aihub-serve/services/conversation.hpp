// Which conversation a request goes on with: a number that is the same for all its turns and another one for
// other conversations, so that each can stay with the server that has it in its cache. Pure, any thread; a
// few bytes a cycle, and images are skipped.
#pragma once

#include <cstdint>
#include <string_view>

namespace aihub::serve {

// Of the model, the system prompts and the first message that is none (conversations under one system prompt
// differ there, and later turns keep it), or of `prompt_cache_key` when there is one. Takes bodies of chat
// completions, messages, responses and Ollama's chat, whole or their beginning; 0 when there is no
// conversation in it.
std::uint64_t conversation_of(std::string_view json_body);

// Of a session that the client names in a header; 0 for an empty one.
std::uint64_t conversation_of_session(std::string_view session);

}  // namespace aihub::serve
