#include "tools/aihub-serve/pipeline/inference.hpp"

#include <algorithm>
#include <array>

namespace aihub::serve {
namespace {

using config::ServiceKind;

// How the paths of such requests end, in the APIs of OpenAI, Anthropic, Ollama, llama.cpp and vLLM.
constexpr std::array<std::string_view, 23> endings = {
    "/chat/completions",
    "/completions",
    "/completion",
    "/responses",
    "/messages",
    "/generate",
    "/chat",
    "/infill",
    "/embeddings",
    "/embedding",
    "/embed",
    "/rerank",
    "/reranking",
    "/score",
    "/classify",
    "/pooling",
    "/audio/speech",
    "/audio/transcriptions",
    "/audio/translations",
    "/images/generations",
    "/images/edits",
    "/images/variations",
    "/moderations",
};

// A server of speech does nothing else, whatever its paths are called.
bool does_nothing_else(ServiceKind kind) {
    return kind == ServiceKind::speech || kind == ServiceKind::transcription;
}

std::string_view path_of(const Exchange& x) {
    std::string_view path = x.request.path;
    while (path.ends_with('/')) path.remove_suffix(1);
    return path;
}

}  // namespace

bool is_speech(const Exchange& x) {
    return x.request.method == "POST" && path_of(x).ends_with("/audio/speech");
}

bool is_transcription(const Exchange& x) {
    if (x.request.method != "POST") return false;
    if (x.room == Room::prefix && x.service->config.kind == ServiceKind::transcription) return true;
    std::string_view path = path_of(x);
    return path.ends_with("/audio/transcriptions") || path.ends_with("/audio/translations");
}

bool is_inference(const Exchange& x) {
    if (x.request.method != "POST") return false;
    if (x.room == Room::prefix && does_nothing_else(x.service->config.kind)) return true;
    std::string_view path = path_of(x);
    return std::any_of(endings.begin(), endings.end(),
                       [path](std::string_view ending) { return path.ends_with(ending); });
}

}  // namespace aihub::serve
