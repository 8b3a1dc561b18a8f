#include "tools/aihub-serve/translate/api.hpp"

#include <algorithm>
#include <array>

namespace aihub::translate {
namespace {

struct Row {
    Api api;
    std::string_view path;
    std::string_view name;
};

constexpr std::array<Row, api_count> rows = {{
    {Api::chat, "/v1/chat/completions", "OpenAI's chat completions"},
    {Api::completions, "/v1/completions", "OpenAI's completions"},
    {Api::embeddings, "/v1/embeddings", "OpenAI's embeddings"},
    {Api::responses, "/v1/responses", "OpenAI's responses"},
    {Api::messages, "/v1/messages", "Anthropic's messages"},
    {Api::ollama_chat, "/api/chat", "Ollama's chat"},
    {Api::ollama_generate, "/api/generate", "Ollama's generate"},
    {Api::ollama_embed, "/api/embed", "Ollama's embed"},
    {Api::ollama_embeddings, "/api/embeddings", "Ollama's embeddings"},
}};

const Row& row_of(Api api) {
    return rows.at(static_cast<std::size_t>(api));
}

}  // namespace

std::string_view path_of(Api api) {
    return row_of(api).path;
}

std::optional<Api> api_of(std::string_view path) {
    const auto* row =
        std::find_if(rows.begin(), rows.end(), [&](const Row& each) { return each.path == path; });
    return row == rows.end() ? std::nullopt : std::optional(row->api);
}

std::string_view name_of(Api api) {
    return row_of(api).name;
}

bool is_ollama(Api api) {
    return path_of(api).starts_with("/api/");
}

}  // namespace aihub::translate
