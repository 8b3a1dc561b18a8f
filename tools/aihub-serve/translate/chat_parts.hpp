// Pieces of the common form's messages, as every client side that knows content blocks makes them, and the
// ids that replies bear. Pure, any thread.
#pragma once

#include "tools/aihub-serve/translate/chat_sides.hpp"

namespace aihub::translate {

Json text_part(std::string text);
Json image_part(std::string url);

// A message's content of its parts. Text alone becomes one string with a line feed between the parts, as
// llama.cpp and vLLM join them themselves: many servers and templates take no lists.
Json content_of(Json parts);

Json function_call(std::string id, std::string name, std::string arguments);
Json tool_message(std::string call_id, Json content);

// Asks for thinking or for none in the two ways that servers understand: Ollama, LM Studio and gpt-oss's
// template go by reasoning_effort, the templates of hybrid models at llama.cpp and vLLM by enable_thinking.
void set_thinking(Json& common, bool enabled);

// What ids of a reply are made of: the request's id in the characters that ids may have, and the time,
// because a client may give one request id to many requests.
std::string id_stem(const Circumstances& circumstances);

}  // namespace aihub::translate
