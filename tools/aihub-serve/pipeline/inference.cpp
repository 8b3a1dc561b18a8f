#include "tools/aihub-serve/pipeline/inference.hpp"

#include <algorithm>
#include <array>

namespace aihub::serve {
namespace {

using config::ServiceKind;
using translate::Api;

struct Ending {
    std::string_view text;
    std::optional<Api> kin;  // which API it is, or near enough to be estimated as one
};

// How the paths of such requests end, in the APIs of OpenAI, Anthropic, Ollama, llama.cpp and vLLM.
constexpr std::array endings = {
    Ending{"/chat/completions", Api::chat},
    Ending{"/completions", Api::completions},
    Ending{"/completion", Api::completions},
    Ending{"/responses", Api::responses},
    Ending{"/messages", Api::messages},
    Ending{"/generate", {}},
    Ending{"/chat", {}},
    Ending{"/infill", Api::completions},
    Ending{"/embeddings", Api::embeddings},
    Ending{"/embedding", Api::embeddings},
    Ending{"/embed", Api::embeddings},
    Ending{"/rerank", Api::embeddings},
    Ending{"/reranking", Api::embeddings},
    Ending{"/score", Api::embeddings},
    Ending{"/classify", Api::embeddings},
    Ending{"/pooling", Api::embeddings},
    Ending{"/audio/speech", {}},
    Ending{"/audio/transcriptions", {}},
    Ending{"/audio/translations", {}},
    Ending{"/images/generations", {}},
    Ending{"/images/edits", {}},
    Ending{"/images/variations", {}},
    Ending{"/moderations", {}},
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

const Ending* ending_of(std::string_view path) {
    const auto* found = std::find_if(endings.begin(), endings.end(),
                                     [path](const Ending& ending) { return path.ends_with(ending.text); });
    return found == endings.end() ? nullptr : found;
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
    return ending_of(path_of(x)) != nullptr;
}

std::optional<Api> kindred_api(const Exchange& x) {
    const Ending* ending = ending_of(path_of(x));
    return ending ? ending->kin : std::nullopt;
}

}  // namespace aihub::serve
