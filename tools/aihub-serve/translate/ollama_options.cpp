#include "tools/aihub-serve/translate/ollama_options.hpp"

#include <array>
#include <cmath>

#include "tools/aihub-serve/translate/chat_parts.hpp"
#include "tools/aihub-serve/translate/chat_sides.hpp"
#include "tools/aihub-serve/translate/ollama_time.hpp"

namespace aihub::translate {
namespace {

struct Option {
    std::string_view name;
    Result<void> (*take)(std::string_view name, const Json& value, const Circumstances&, Json& common);
};

std::string place_of(std::string_view option) {
    return "options." + std::string(option);
}

Result<void> number(std::string_view name, const Json& value, const Circumstances&, Json& common) {
    if (!value.is_number()) return malformed(place_of(name), "a number");
    common[std::string(name)] = value;
    return {};
}

Result<void> whole_number(std::string_view name, const Json& value, const Circumstances&, Json& common) {
    if (!value.is_number_integer()) return malformed(place_of(name), "a whole number");
    common[std::string(name)] = value;
    return {};
}

// llama.cpp and LM Studio call it as Ollama does, vLLM otherwise; each passes over the other's word.
Result<void> repeat_penalty(std::string_view name, const Json& value, const Circumstances&, Json& common) {
    if (!value.is_number()) return malformed(place_of(name), "a number");
    common["repeat_penalty"] = value;
    common["repetition_penalty"] = value;
    return {};
}

Result<void> penalize_newline(std::string_view name, const Json& value, const Circumstances&, Json& common) {
    if (!value.is_boolean()) return malformed(place_of(name), "true or false");
    common["penalize_nl"] = value;
    return {};
}

Result<void> stop(std::string_view name, const Json& value, const Circumstances&, Json& common) {
    Json list = value.is_string() ? Json::array({value}) : value;
    if (!list.is_array()) return malformed(place_of(name), "a list of texts");
    for (const Json& text : list)
        if (!text.is_string()) return malformed(place_of(name), "a list of texts");
    if (!list.empty()) common["stop"] = std::move(list);
    return {};
}

// Ollama knows -1 as "no limit" and treats 0 like it; so do the other servers when nothing is said.
Result<void> num_predict(std::string_view name, const Json& value, const Circumstances&, Json& common) {
    if (!value.is_number_integer()) return malformed(place_of(name), "a whole number");
    if (value < -1)
        return no_counterpart(place_of(name) + ": " + json_text(value), name_of(Api::chat),
                              "send -1 for no limit");
    if (value > 0) common["max_tokens"] = value;
    return {};
}

// Other servers fix the context when they start: what they have is enough, or the request cannot be had.
Result<void> num_ctx(std::string_view name, const Json& value, const Circumstances& circumstances, Json&) {
    if (!value.is_number_unsigned()) return malformed(place_of(name), "a whole number");
    const auto& length = circumstances.context_length;
    if (length && value.get<std::uint64_t>() <= *length) return {};
    return no_counterpart(
        place_of(name), name_of(Api::chat),
        length ? "the model's server has a context of " + std::to_string(*length) + " tokens; ask for no more"
               : "the model's server fixes the context when it starts; leave the option out");
}

constexpr std::array options_table = {
    Option{"temperature", number},
    Option{"top_p", number},
    Option{"top_k", whole_number},
    Option{"min_p", number},
    Option{"typical_p", number},
    Option{"seed", whole_number},
    Option{"stop", stop},
    Option{"num_predict", num_predict},
    Option{"num_ctx", num_ctx},
    Option{"presence_penalty", number},
    Option{"frequency_penalty", number},
    Option{"repeat_penalty", repeat_penalty},
    Option{"repeat_last_n", whole_number},
    Option{"mirostat", whole_number},
    Option{"mirostat_tau", number},
    Option{"mirostat_eta", number},
    Option{"penalize_newline", penalize_newline},
};

Result<void> take_option(std::string_view name, const Json& value, const Circumstances& circumstances,
                         Json& common) {
    for (const Option& option : options_table)
        if (option.name == name) return option.take(name, value, circumstances, common);
    return no_counterpart(place_of(name), name_of(Api::chat),
                          "leave it out; the model's server is no Ollama");
}

Result<void> take_format(const Json& value, Json& common) {
    if (value == "") return {};
    if (value == "json") {
        common["response_format"] = {{"type", "json_object"}};
        return {};
    }
    if (!value.is_object()) return malformed("format", "\"json\" or a JSON schema");
    // OpenAI and vLLM want a name for the schema; it has no meaning.
    common["response_format"] = {{"type", "json_schema"},
                                 {"json_schema", {{"name", "format"}, {"strict", true}, {"schema", value}}}};
    return {};
}

Result<void> take_think(const Json& value, Json& common) {
    bool effort = value == "low" || value == "medium" || value == "high" || value == "max";
    if (!value.is_boolean() && !effort)
        return malformed("think", "true, false, \"low\", \"medium\", \"high\" or \"max\"");
    set_thinking(common, value != false);
    if (effort) common["reasoning_effort"] = value;
    return {};
}

// LM Studio lets a request say how long its model stays; the others keep theirs while they run, so that it is
// there at least as long as was asked for.
Result<void> take_keep_alive(const Json& value, Json& common) {
    auto seconds = keep_alive_seconds(value);
    if (!seconds) return seconds.error();
    if (*seconds) common["ttl"] = **seconds;
    return {};
}

Result<void> take_logprobs(std::string_view name, const Json& value, Json& common) {
    bool counted = name == "top_logprobs";
    bool fits = counted ? value.is_number_unsigned() : value.is_boolean();
    if (!fits) return malformed(name, counted ? "a whole number" : "true or false");
    // Without log probabilities no server takes the count, and Ollama ignores it.
    if (!counted || value > 0) common[std::string(name)] = value;
    return {};
}

// Ollama cuts a conversation that is too long; the others refuse it, which is what `false` asks for.
Result<void> take_cutting(std::string_view name, const Json& value) {
    if (value == false) return {};
    return no_counterpart(name, name_of(Api::chat), "leave it out, or send false");
}

Result<bool> taken(const Result<void>& result) {
    if (!result) return result.error();
    return true;
}

bool is_empty_list_or_text(const Json& value) {
    return value.is_null() || value == "" || (value.is_array() && value.empty());
}

}  // namespace

bool is_load_request(Api api, const Json& request) {
    if (api == Api::ollama_chat) return is_empty_list_or_text(member(request, "messages"));
    return api == Api::ollama_generate && is_empty_list_or_text(member(request, "prompt"));
}

Result<std::string> load_reply(Api api, const Json& request, const Circumstances& circumstances) {
    const Json& keep_alive = member(request, "keep_alive");
    if (!keep_alive.is_null()) {
        auto seconds = ollama_seconds(keep_alive);
        if (!seconds) return malformed("keep_alive", keep_alive_forms);
        if (*seconds == 0)
            return no_counterpart("keep_alive: 0", name_of(Api::chat), "the model's server cannot unload it");
    }
    Json reply = {{"model", circumstances.client_model},
                  {"created_at", rfc3339_nanoseconds(circumstances.now_ms * 1'000'000)}};
    if (api == Api::ollama_chat)
        reply["message"] = {{"role", "assistant"}, {"content", ""}};
    else
        reply["response"] = "";
    reply["done"] = true;
    reply["done_reason"] = "load";
    return json_text(reply);
}

Result<std::optional<std::uint64_t>> keep_alive_seconds(const Json& value) {
    std::optional<double> seconds = ollama_seconds(value);
    if (!seconds) return malformed("keep_alive", keep_alive_forms);
    if (*seconds < 0) return std::optional<std::uint64_t>();
    constexpr double a_century = 100.0 * 365 * 24 * 3600;
    double whole = std::ceil(std::min(std::max(*seconds, 1.0), a_century));
    return std::optional(static_cast<std::uint64_t>(whole));
}

Result<void> take_options(const Json& options, const Circumstances& circumstances, Json& common) {
    if (!options.is_object()) return malformed("options", "an object");
    for (const auto& [name, value] : options.items()) {
        if (value.is_null()) continue;
        if (auto result = take_option(name, value, circumstances, common); !result) return result;
    }
    return {};
}

Result<bool> take_shared_member(std::string_view name, const Json& value, const Circumstances& circumstances,
                                Json& common) {
    if (name == "model" || name == "stream") return true;  // read by themselves
    if (name == "options") return taken(take_options(value, circumstances, common));
    if (name == "format") return taken(take_format(value, common));
    if (name == "think") return taken(take_think(value, common));
    if (name == "keep_alive") return taken(take_keep_alive(value, common));
    if (name == "logprobs" || name == "top_logprobs") return taken(take_logprobs(name, value, common));
    if (name == "truncate" || name == "shift") return taken(take_cutting(name, value));
    return false;
}

Result<bool> take_stream(const Json& request, Json& common) {
    const Json& value = member(request, "stream");
    if (!value.is_null() && !value.is_boolean()) return malformed("stream", "true or false");
    bool streams = value != false;
    common["stream"] = streams;
    if (streams) common["stream_options"] = {{"include_usage", true}};
    return streams;
}

}  // namespace aihub::translate
