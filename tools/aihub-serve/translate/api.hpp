// The APIs of chat and embeddings that aihub knows how to speak, and which of them a path belongs to.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace aihub::translate {

enum class Api {
    chat,               // OpenAI   POST /v1/chat/completions
    completions,        // OpenAI   POST /v1/completions
    embeddings,         // OpenAI   POST /v1/embeddings
    responses,          // OpenAI   POST /v1/responses
    messages,           // Anthropic POST /v1/messages
    ollama_chat,        // Ollama   POST /api/chat
    ollama_generate,    // Ollama   POST /api/generate
    ollama_embed,       // Ollama   POST /api/embed
    ollama_embeddings,  // Ollama   POST /api/embeddings, the older one
};
constexpr std::size_t api_count = 9;

// As a server knows it: "/v1/chat/completions", "/api/chat".
std::string_view path_of(Api api);
// Nothing for other paths.
std::optional<Api> api_of(std::string_view path);
// "chat completions", "Ollama's /api/chat": for messages.
std::string_view name_of(Api api);
// A path below /api.
bool is_ollama(Api api);

}  // namespace aihub::translate
