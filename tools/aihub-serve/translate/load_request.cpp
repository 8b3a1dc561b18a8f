#include "tools/aihub-serve/translate/load_request.hpp"

#include "tools/aihub-serve/translate/json_text.hpp"
#include "tools/aihub-serve/translate/ollama_options.hpp"

namespace aihub::translate {
namespace {

constexpr std::size_t largest = 4096;  // who has nothing to say needs few words

}  // namespace

std::optional<Result<std::string>> answer_load_request(Api api, std::string_view body,
                                                       const Circumstances& circumstances) {
    if (body.size() > largest || (api != Api::ollama_chat && api != Api::ollama_generate))
        return std::nullopt;
    Result<Json> request = read_json(body);
    if (!request || !request->is_object() || !is_load_request(api, *request)) return std::nullopt;
    return load_reply(api, *request, circumstances);
}

}  // namespace aihub::translate
