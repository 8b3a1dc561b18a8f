// Embeddings, translated between OpenAI's /v1/embeddings, Ollama's /api/embed and its older /api/embeddings,
// in every direction. Replies are whole; their numbers are passed on as the server wrote them. Pure, any
// thread.
#pragma once

#include <memory>

#include "shared/base/result.hpp"
#include "tools/aihub-serve/translate/chat_sides.hpp"
#include "tools/aihub-serve/translate/translation.hpp"

namespace aihub::translate {

// embeddings, ollama_embed or ollama_embeddings.
bool is_embeddings(Api api);

// Both are such. invalid_input, naming the member, for a request that is none of `from` or has no
// counterpart.
Result<std::unique_ptr<Translation>> translate_embeddings(Api from, Api to, const Json& request,
                                                          const Circumstances& circumstances);

}  // namespace aihub::translate
