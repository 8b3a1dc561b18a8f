#include "tools/aihub-serve/translate/openai_reply.hpp"

#include "tools/aihub-serve/translate/chat_parts.hpp"
#include "tools/aihub-serve/translate/chat_sides.hpp"

namespace aihub::translate {

std::string_view openai_reason(FinishReason reason) {
    switch (reason) {
        case FinishReason::length:
            return "length";
        case FinishReason::tool_calls:
            return "tool_calls";
        case FinishReason::content_filter:
            return "content_filter";
        case FinishReason::stop:
            break;
    }
    return "stop";
}

Json openai_usage(const Usage& usage) {
    std::uint64_t in = usage.in.value_or(0), out = usage.out.value_or(0);
    Json counts = {{"prompt_tokens", in}, {"completion_tokens", out}, {"total_tokens", in + out}};
    if (usage.cached) counts["prompt_tokens_details"] = {{"cached_tokens", *usage.cached}};
    if (usage.reasoning) counts["completion_tokens_details"] = {{"reasoning_tokens", *usage.reasoning}};
    return counts;
}

std::string openai_start(std::string_view id_prefix, std::string_view object,
                         const Circumstances& circumstances) {
    std::string start = "{\"id\":";
    append_json_string(start, std::string(id_prefix) + id_stem(circumstances));
    start.append(",\"object\":\"").append(object).append("\",\"created\":");
    start.append(std::to_string(circumstances.now_ms / 1000)).append(",\"model\":");
    append_json_string(start, circumstances.client_model);
    return start + ",";
}

Result<StreamWish> take_stream_wish(Json& common) {
    const Json stream = member(common, "stream"), options = member(common, "stream_options");
    if (!stream.is_null() && !stream.is_boolean()) return malformed("stream", "true or false");
    if (!options.is_null() && !options.is_object()) return malformed("stream_options", "an object");
    StreamWish wish;
    wish.streams = stream == true;
    wish.usage = wish.streams && member(options, "include_usage") == true;
    common["stream"] = wish.streams;
    if (!wish.streams) {
        common.erase("stream_options");
        return wish;
    }
    if (!options.is_object()) common["stream_options"] = Json::object();
    common["stream_options"]["include_usage"] = true;
    return wish;
}

void add_logprobs(Json& so_far, std::string_view piece) {
    Result<Json> more = piece.empty() ? Json() : read_json(piece);
    if (!more || !more->is_object()) return;
    if (!so_far.is_object()) so_far = Json::object();
    for (auto& [name, list] : more->items()) {
        Json& known = so_far[name];
        if (known.is_array() && list.is_array())
            known.insert(known.end(), list.begin(), list.end());
        else if (known.is_null())
            known = list;
    }
}

}  // namespace aihub::translate
