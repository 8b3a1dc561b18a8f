#include "tools/aihub-serve/translate/ollama_client.hpp"

#include "tools/aihub-serve/translate/ollama_options.hpp"

namespace aihub::translate {

Result<Json> OllamaClient::read(const Json& request) {
    Json common = {{"model", circumstances_.server_model}};
    auto messages = conversation(request);
    if (!messages) return messages;
    common["messages"] = std::move(*messages);
    auto streams = take_stream(request, common);
    if (!streams) return streams.error();
    for (const auto& [name, value] : request.items())
        if (auto result = take_member(name, value, common); !result) return result.error();
    reply_.begin(*streams, !member(common, "top_logprobs").is_null());
    return common;
}

Result<void> OllamaClient::take_member(std::string_view name, const Json& value, Json& common) const {
    if (value.is_null()) return {};
    auto own = take_own_member(name, value, common);
    if (!own) return own.error();
    if (*own) return {};
    auto shared = take_shared_member(name, value, circumstances_, common);
    if (!shared) return shared.error();
    if (!*shared) return no_counterpart(name, name_of(Api::chat), "leave it out");
    return {};
}

}  // namespace aihub::translate
