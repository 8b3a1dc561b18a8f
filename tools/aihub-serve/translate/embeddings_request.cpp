#include "tools/aihub-serve/translate/embeddings_request.hpp"

#include <algorithm>

#include "tools/aihub-serve/translate/members.hpp"
#include "tools/aihub-serve/translate/ollama_options.hpp"

namespace aihub::translate {
namespace {

bool is_text(const Json& value) {
    return value.is_string();
}

bool is_texts(const Json& value) {
    return is_text(value) || (value.is_array() && std::all_of(value.begin(), value.end(), is_text));
}

bool is_tokens(const Json& value) {
    return value.is_array() && !value.empty() && (value.front().is_number() || value.front().is_array());
}

Json or_null(const Json* value) {
    return value ? *value : Json();
}

void take_input(Members& members, EmbeddingsRequest& request) {
    const Json* input = members.any("input");
    if (!input || (!is_texts(*input) && !is_tokens(*input)))
        return members.complain(malformed("input", "a string or a list of strings"));
    if (is_tokens(*input)) return members.refuse("input", "send the text instead of tokens");
    request.input = *input;
}

void take_openai(Members& members, EmbeddingsRequest& request) {
    take_input(members, request);
    const std::string* format = members.word("encoding_format", {"float", "base64"});
    request.base64 = format && *format == "base64";
    request.dimensions = or_null(members.count("dimensions"));
    request.keep_alive = or_null(members.number("ttl"));
    members.accept({"user"});
}

// `truncate` needs no counterpart: servers of OpenAI's API answer a text that is too long with an error,
// which is what false asks for, and which nobody takes for the embedding of a text that was cut.
void take_ollama(Members& members, EmbeddingsRequest& request) {
    take_input(members, request);
    members.flag("truncate");
    request.dimensions = or_null(members.count("dimensions"));
    request.options = or_null(members.object("options"));
    request.keep_alive = or_null(members.any("keep_alive"));
}

void take_older_ollama(Members& members, EmbeddingsRequest& request) {
    request.input = members.required_text("prompt");
    request.options = or_null(members.object("options"));
    request.keep_alive = or_null(members.any("keep_alive"));
}

Json with_ollama_members(Json to, const EmbeddingsRequest& request) {
    if (!request.options.is_null()) to["options"] = request.options;
    if (!request.keep_alive.is_null()) to["keep_alive"] = request.keep_alive;
    return to;
}

// Options that say how to choose words change no embedding; those about the server itself may be refused.
Result<void> judge_options(const Json& options, const Circumstances& circumstances) {
    Json unused = Json::object();
    return options.is_null() ? Result<void>() : take_options(options, circumstances, unused);
}

Result<Json> for_openai(Json to, const EmbeddingsRequest& request, const Circumstances& circumstances) {
    to["input"] = request.input;
    if (!request.dimensions.is_null()) to["dimensions"] = request.dimensions;
    if (auto options = judge_options(request.options, circumstances); !options) return options.error();
    if (request.keep_alive.is_null()) return to;
    auto seconds = keep_alive_seconds(request.keep_alive);
    if (!seconds) return seconds.error();
    if (*seconds) to["ttl"] = **seconds;
    return to;
}

Result<Json> for_ollama(Json to, const EmbeddingsRequest& request) {
    to["input"] = request.input;
    if (!request.dimensions.is_null()) to["dimensions"] = request.dimensions;
    return with_ollama_members(std::move(to), request);
}

Result<Json> for_older_ollama(Json to, const EmbeddingsRequest& request) {
    const Json& input = request.input;
    if (input.is_array() && input.size() != 1)
        return not_to_be_had("input with several texts", "send a request for each");
    if (!request.dimensions.is_null()) return not_to_be_had("dimensions", "leave it out");
    to["prompt"] = input.is_array() ? input.front() : input;
    return with_ollama_members(std::move(to), request);
}

}  // namespace

Result<EmbeddingsRequest> read_embeddings_request(Api from, const Json& request) {
    EmbeddingsRequest read;
    Complaint complaint;
    {
        Members members(request, "", complaint);
        members.accept({"model"});
        if (from == Api::embeddings)
            take_openai(members, read);
        else if (from == Api::ollama_embed)
            take_ollama(members, read);
        else
            take_older_ollama(members, read);
    }
    if (complaint) return *complaint;
    return read;
}

Result<Json> write_embeddings_request(Api to, const EmbeddingsRequest& request,
                                      const Circumstances& circumstances) {
    Json written = {{"model", circumstances.server_model}};
    if (to == Api::embeddings) return for_openai(std::move(written), request, circumstances);
    return to == Api::ollama_embed ? for_ollama(std::move(written), request)
                                   : for_older_ollama(std::move(written), request);
}

}  // namespace aihub::translate
