#include "tools/aihub-serve/translate/translation.hpp"

#include "tools/aihub-serve/translate/chat_translation.hpp"
#include "tools/aihub-serve/translate/embeddings.hpp"
#include "tools/aihub-serve/translate/json_text.hpp"

namespace aihub::translate {

bool can_translate(Api from, Api to) {
    return from == to || is_chat_pair(from, to) || (is_embeddings(from) && is_embeddings(to));
}

Result<std::unique_ptr<Translation>> translate(Api from, Api to, std::string_view body,
                                               const Circumstances& circumstances) {
    Result<Json> request = read_json(body);
    if (!request) return Error(ErrorCode::invalid_input, request.error().message);
    if (!request->is_object()) return Error(ErrorCode::invalid_input, "the body must be a JSON object");
    if (is_chat_pair(from, to)) return translate_chat(from, to, std::move(*request), circumstances);
    if (is_embeddings(from) && is_embeddings(to))
        return translate_embeddings(from, to, *request, circumstances);
    return Error(ErrorCode::invalid_input, "requests to " + std::string(path_of(from)) +
                                               " cannot be had from a server that has only " +
                                               std::string(path_of(to)));
}

}  // namespace aihub::translate
