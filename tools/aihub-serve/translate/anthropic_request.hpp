// A request to Anthropic's /v1/messages in the common form. Errors are invalid_input and name the member.
// Pure, any thread.
#pragma once

#include "tools/aihub-serve/translate/chat_sides.hpp"

namespace aihub::translate {

struct AnthropicRequest {
    Json common;
    bool streams = false;
    bool omits_thinking = false;  // the model thinks, the client wants to be spared the text
};

Result<AnthropicRequest> read_anthropic_request(const Json& request, const Circumstances& circumstances);

// A request to /v1/messages/count_tokens as the chat request whose prompt is to be counted.
Result<Json> count_tokens_prompt(const Json& request, const Circumstances& circumstances);

}  // namespace aihub::translate
