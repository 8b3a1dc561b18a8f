#include "tools/aihub-serve/translate/ollama_request.hpp"

#include <array>

#include "tools/aihub-serve/translate/json_text.hpp"
#include "tools/aihub-serve/translate/ollama_messages.hpp"

namespace aihub::translate {
namespace {

using Complaint = std::optional<Error>;

Error refuse(std::string_view name, std::string_view what_to_do = "leave it out") {
    return no_counterpart(name, name_of(Api::ollama_chat), what_to_do);
}

// The member is known, but not with this value.
Error refuse_value(std::string_view name, const Json& value, std::string_view what_to_do) {
    return refuse(std::string(name) + ": " + json_text(value).substr(0, 64), what_to_do);
}

struct Writer {
    const Json& common;
    Json to = Json::object();
    Json options = Json::object();
};

using Take = Complaint (*)(Writer&, const std::string& name, const Json& value);

Complaint copy(Writer& writer, const std::string& name, const Json& value) {
    writer.to[name] = value;
    return {};
}

// No model sees it: the answer is the same with it and without.
Complaint ignore(Writer&, const std::string&, const Json&) {
    return {};
}

Complaint take_messages(Writer& writer, const std::string& name, const Json& value) {
    auto messages = ollama_messages(value);
    if (!messages) return messages.error();
    writer.to[name] = std::move(*messages);
    return {};
}

bool wants_tools(const Json& common) {
    return !member(common, "tools").empty() && member(common, "tool_choice") != "none";
}

Complaint take_tools(Writer& writer, const std::string& name, const Json& value) {
    if (!value.is_array()) return malformed(name, "a list of tools");
    for (const Json& tool : value)
        if (!member(tool, "function").is_object()) return malformed(name, "functions with a name each");
    if (wants_tools(writer.common)) writer.to[name] = value;
    return {};
}

Complaint take_tool_choice(Writer&, const std::string& name, const Json& value) {
    if (value == "none" || value == "auto") return {};
    return refuse_value(name, value, "use auto or none");
}

Complaint take_parallel(Writer& writer, const std::string& name, const Json& value) {
    if (!value.is_boolean()) return malformed(name, "true or false");
    if (value.get<bool>() || !wants_tools(writer.common)) return {};
    return refuse_value(name, value, "leave it out");
}

Complaint set_schema(Writer& writer, const std::string& name, const Json& schema) {
    if (!schema.is_object()) return malformed(name, "a JSON schema");
    writer.to["format"] = schema;
    return {};
}

Complaint take_response_format(Writer& writer, const std::string& name, const Json& value) {
    std::string_view type = text_member(value, "type");
    if (type.empty()) return malformed(name, "an object with a type");
    if (type == "text") return {};
    if (type == "json_schema")
        return set_schema(writer, name + ".json_schema.schema",
                          member(member(value, "json_schema"), "schema"));
    if (type != "json_object") return refuse_value(name, value, "use json_schema");
    const Json& schema = member(value, "schema");  // llama.cpp's way
    if (!schema.is_null()) return set_schema(writer, name + ".schema", schema);
    writer.to["format"] = "json";
    return {};
}

// Ollama's scale has three steps and a top; the others mean the nearest, as in its own OpenAI API.
struct Effort {
    std::string_view name;
    std::string_view think;
};
constexpr std::array efforts = {
    Effort{"minimal", "low"}, Effort{"low", "low"},   Effort{"medium", "medium"}, Effort{"high", "high"},
    Effort{"xhigh", "max"},   Effort{"ultra", "max"}, Effort{"max", "max"},
};

Complaint set_effort(Writer& writer, const std::string& name, const Json& value) {
    Json& think = writer.to["think"];
    if (value == "none") {
        think = false;
        return {};
    }
    for (const Effort& effort : efforts)
        if (value == effort.name) {
            if (think != false) think = effort.think;
            return {};
        }
    return malformed(name, "none, minimal, low, medium, high, xhigh or max");
}

Complaint take_reasoning(Writer& writer, const std::string& name, const Json& value) {
    if (!value.is_object()) return malformed(name, "an object with an effort");
    for (const auto& [key, inner] : value.items()) {
        if (inner.is_null()) continue;
        if (key != "effort") return refuse(name + "." + key);
        if (auto complaint = set_effort(writer, name + ".effort", inner)) return complaint;
    }
    return {};
}

// Thinking that is switched off stays off, whatever effort is asked for.
Complaint take_template_arguments(Writer& writer, const std::string& name, const Json& value) {
    if (!value.is_object()) return malformed(name, "an object");
    for (const auto& [key, inner] : value.items()) {
        if (key != "enable_thinking") return refuse(name + "." + key);
        if (!inner.is_boolean()) return malformed(name + "." + key, "true or false");
        Json& think = writer.to["think"];
        if (!inner.get<bool>())
            think = false;
        else if (think.is_null())
            think = true;
    }
    return {};
}

Complaint take_logprobs(Writer& writer, const std::string& name, const Json& value) {
    if (!value.is_boolean()) return malformed(name, "true or false");
    writer.to[name] = value;
    return {};
}

Complaint take_top_logprobs(Writer& writer, const std::string& name, const Json& value) {
    if (!value.is_number_integer()) return malformed(name, "a whole number");
    writer.to[name] = value;
    return {};
}

Complaint take_limit(Writer& writer, const std::string& name, const Json& value) {
    if (!value.is_number_integer()) return malformed(name, "a whole number");
    // The newer member counts when both are there.
    if (name == "max_completion_tokens" || member(writer.common, "max_completion_tokens").is_null())
        writer.options["num_predict"] = value;
    return {};
}

Complaint take_stop(Writer& writer, const std::string& name, const Json& value) {
    Json list = value.is_string() ? Json::array({value}) : value;
    if (!list.is_array()) return malformed(name, "a string or a list of strings");
    for (const Json& text : list)
        if (!text.is_string()) return malformed(name, "a string or a list of strings");
    if (!list.empty()) writer.options["stop"] = std::move(list);
    return {};
}

Complaint take_count(Writer& writer, const std::string& name, const Json& value) {
    if (!value.is_number_integer()) return malformed(name, "a whole number");
    writer.options[name] = value;
    return {};
}

Complaint take_number(Writer& writer, const std::string& name, const Json& value) {
    if (!value.is_number()) return malformed(name, "a number");
    writer.options[name == "repetition_penalty" ? "repeat_penalty" : name] = value;
    return {};
}

// LM Studio's word for how long a model stays: seconds.
Complaint take_ttl(Writer& writer, const std::string& name, const Json& value) {
    if (!value.is_number()) return malformed(name, "seconds");
    writer.to["keep_alive"] = value;
    return {};
}

Complaint take_choices(Writer&, const std::string& name, const Json& value) {
    if (!value.is_number_integer()) return malformed(name, "a whole number");
    return value == 1 ? Complaint() : refuse_value(name, value, "send the request that many times");
}

Complaint take_modalities(Writer&, const std::string& name, const Json& value) {
    return value == Json::array({"text"}) ? Complaint() : refuse_value(name, value, "ask for text");
}

Complaint take_if_empty(Writer&, const std::string& name, const Json& value) {
    return value.empty() ? Complaint() : refuse(name);
}

Complaint refuse_functions(Writer&, const std::string& name, const Json& value) {
    return value.empty() ? Complaint() : refuse(name, "use tools and tool_choice");
}

struct Rule {
    std::string_view name;
    Take take;
};
constexpr std::array rules = {
    Rule{"model", copy},
    Rule{"messages", take_messages},
    Rule{"stream", copy},
    Rule{"stream_options", ignore},
    Rule{"tools", take_tools},
    Rule{"tool_choice", take_tool_choice},
    Rule{"parallel_tool_calls", take_parallel},
    Rule{"functions", refuse_functions},
    Rule{"function_call", refuse_functions},
    Rule{"response_format", take_response_format},
    Rule{"reasoning_effort", set_effort},
    Rule{"reasoning", take_reasoning},
    Rule{"chat_template_kwargs", take_template_arguments},
    Rule{"logprobs", take_logprobs},
    Rule{"top_logprobs", take_top_logprobs},
    Rule{"max_tokens", take_limit},
    Rule{"max_completion_tokens", take_limit},
    Rule{"stop", take_stop},
    Rule{"seed", take_count},
    Rule{"top_k", take_count},
    Rule{"repeat_last_n", take_count},
    Rule{"temperature", take_number},
    Rule{"top_p", take_number},
    Rule{"min_p", take_number},
    Rule{"typical_p", take_number},
    Rule{"presence_penalty", take_number},
    Rule{"frequency_penalty", take_number},
    Rule{"repeat_penalty", take_number},
    Rule{"repetition_penalty", take_number},
    Rule{"keep_alive", copy},
    Rule{"ttl", take_ttl},
    Rule{"n", take_choices},
    Rule{"logit_bias", take_if_empty},
    Rule{"modalities", take_modalities},
    Rule{"user", ignore},
    Rule{"metadata", ignore},
    Rule{"store", ignore},
    Rule{"service_tier", ignore},
    Rule{"prompt_cache_key", ignore},
    Rule{"prompt_cache_retention", ignore},
    Rule{"safety_identifier", ignore},
    Rule{"verbosity", ignore},
};

Complaint take(Writer& writer, const std::string& name, const Json& value) {
    for (const Rule& rule : rules)
        if (rule.name == name) return rule.take(writer, name, value);
    return refuse(name);
}

}  // namespace

Result<Json> ollama_chat_request(const Json& common) {
    Writer writer{common};
    for (const auto& [name, value] : common.items())
        if (!value.is_null())
            if (auto complaint = take(writer, name, value)) return *complaint;
    if (!writer.to.contains("messages")) return malformed("messages", "a list of messages");
    writer.to["stream"] = writer.to.value("stream", false);  // Ollama streams when it is not said
    if (!writer.options.empty()) writer.to["options"] = std::move(writer.options);
    return std::move(writer.to);
}

}  // namespace aihub::translate
