// Requests for embeddings, read from one API and written for another. Errors are invalid_input and name the
// member. Pure, any thread.
#pragma once

#include "shared/base/result.hpp"
#include "tools/aihub-serve/translate/api.hpp"
#include "tools/aihub-serve/translate/json_text.hpp"
#include "tools/aihub-serve/translate/translation.hpp"

namespace aihub::translate {

// What a request says in any of the APIs; null: not said.
struct EmbeddingsRequest {
    Json input;           // a string or a list of strings
    Json dimensions;      // how long each embedding shall be
    Json options;         // Ollama's
    Json keep_alive;      // Ollama's
    bool base64 = false;  // the client wants its numbers so
};

Result<EmbeddingsRequest> read_embeddings_request(Api from, const Json& request);
Result<Json> write_embeddings_request(Api to, const EmbeddingsRequest& request,
                                      const Circumstances& circumstances);

}  // namespace aihub::translate
