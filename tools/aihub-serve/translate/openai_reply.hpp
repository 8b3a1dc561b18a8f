// What replies of OpenAI's chat completions and completions have in common: the members around the choices,
// usage, names of reasons, and log probabilities gathered from pieces. Pure, any thread.
#pragma once

#include <string>
#include <string_view>

#include "tools/aihub-serve/translate/chat_event.hpp"
#include "tools/aihub-serve/translate/json_text.hpp"
#include "tools/aihub-serve/translate/translation.hpp"

namespace aihub::translate {

std::string_view openai_reason(FinishReason reason);

// {"prompt_tokens":…,"completion_tokens":…,"total_tokens":…} and the details that are known.
Json openai_usage(const Usage& usage);

// The beginning of a reply or chunk, up to and without its choices: {"id":…,"object":…,"created":…,"model":…,
std::string openai_start(std::string_view id_prefix, std::string_view object,
                         const Circumstances& circumstances);

// `stream` and `stream_options` of a request of either API.
struct StreamWish {
    bool streams = false;
    bool usage = false;  // the client wants the chunk with the counts
};
// `common` has the client's members, and then those that the server gets: a stream always has its counts.
Result<StreamWish> take_stream_wish(Json& common);

// OpenAI's `logprobs` of a whole reply, out of those of its pieces.
void add_logprobs(Json& so_far, std::string_view piece);

}  // namespace aihub::translate
