// A request to OpenAI's /v1/responses in the common form. Errors are invalid_input and name the member.
// Pure, any thread.
#pragma once

#include "tools/aihub-serve/translate/chat_sides.hpp"

namespace aihub::translate {

struct ResponsesRequest {
    Json common;
    bool streams = false;
    Json response;  // the reply's object as it is before anything has been said, what it repeats included
};

Result<ResponsesRequest> read_responses_request(const Json& request, const Circumstances& circumstances);

}  // namespace aihub::translate
