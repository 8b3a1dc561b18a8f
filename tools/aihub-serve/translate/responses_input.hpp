// The `input` of a request to OpenAI's /v1/responses as messages of the common form. What a model said in
// one turn is several items there (reasoning, message, calls) and one message here. Pure, any thread.
#pragma once

#include "tools/aihub-serve/translate/members.hpp"

namespace aihub::translate {

// A string, or a list of items. Appends to `messages`.
void read_responses_input(const Json& input, Json& messages, Complaint& complaint);

}  // namespace aihub::translate
