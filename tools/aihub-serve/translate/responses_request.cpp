#include "tools/aihub-serve/translate/responses_request.hpp"

#include <algorithm>

#include "tools/aihub-serve/translate/chat_parts.hpp"
#include "tools/aihub-serve/translate/json_text.hpp"
#include "tools/aihub-serve/translate/responses_input.hpp"
#include "tools/aihub-serve/translate/tool_parts.hpp"

namespace aihub::translate {
namespace {

constexpr std::uint64_t most_top_logprobs = 20;

void read_messages(Members& from, Json& common) {
    Json messages = Json::array();
    const std::string* instructions = from.text("instructions");
    if (instructions) messages.push_back({{"role", "system"}, {"content", *instructions}});
    const Json* input = from.any("input");
    if (!input) return from.complain(malformed("input", "a string or a list of items"));
    read_responses_input(*input, messages, from.complaint());
    common["messages"] = std::move(messages);
}

void read_sampling(Members& from, Json& common) {
    const Json* limit = from.count("max_output_tokens");
    if (limit) common["max_tokens"] = *limit;
    for (const char* name : {"temperature", "top_p"}) {
        const Json* value = from.number(name);
        if (value) common[name] = *value;
    }
}

bool includes_logprobs(Members& from) {
    const Json* list = from.list("include");
    bool logprobs = false;
    for (std::size_t i = 0; list && i < list->size(); ++i) {
        const Json& item = (*list)[i];
        if (item == "message.output_text.logprobs")
            logprobs = true;
        else if (item != "reasoning.encrypted_content")  // thinking comes in plain text
            from.complain(not_to_be_had("include: " + json_text(item).substr(0, 64), "leave it out"));
    }
    return logprobs;
}

void read_logprobs(Members& from, Json& common) {
    bool wanted = includes_logprobs(from);
    const Json* top = from.any("top_logprobs");
    if (top && (!top->is_number_unsigned() || top->get<std::uint64_t>() > most_top_logprobs))
        return from.complain(malformed("top_logprobs", "a whole number from 0 to 20"));
    bool several = top && *top != 0;
    if (wanted || several) common["logprobs"] = true;
    if (several) common["top_logprobs"] = *top;
}

Json read_tool(const Json& json, const std::string& path, Complaint& complaint) {
    Members tool(json, path, complaint);
    const std::string& type = tool.required_text("type");
    if (type != "function") {
        tool.refuse_value("type", type, "describe the tool as a function and run it yourself");
        return nullptr;
    }
    const Json without_parameters = {{"type", "object"}, {"properties", Json::object()}};
    Json function = read_function(tool, "parameters", &without_parameters);
    refuse_callers(tool);
    tool.refuse("async");
    tool.refuse("defer_loading");
    tool.refuse("output_schema", "put it into the description");
    return {{"type", "function"}, {"function", std::move(function)}};
}

bool names_function(const Json& list, const std::string& name) {
    return std::any_of(list.begin(), list.end(), [&](const Json& each) {
        return member(each, "type") == "function" && member(each, "name") == name;
    });
}

// Local servers know no such choice; a tool that is not offered cannot be called, which is the same.
void keep_allowed(Members& choice, Json& common) {
    const std::string* mode = choice.word("mode", {"auto", "required"});
    const Json* allowed = choice.list("tools");
    if (!mode || !allowed)
        return choice.complain(malformed("tool_choice", "an object with mode and tools for allowed_tools"));
    Json kept = Json::array();
    for (Json& tool : common["tools"])
        if (names_function(*allowed, tool["function"]["name"].get_ref<std::string&>()))
            kept.push_back(std::move(tool));
    if (kept.size() != allowed->size())
        choice.complain(malformed("tool_choice.tools", "functions that are in tools"));
    common["tools"] = std::move(kept);
    common["tool_choice"] = *mode;
}

void read_chosen_tool(Members& from, Json& common) {
    const Json* json = from.object("tool_choice");
    if (!json) return;
    Members choice(*json, "tool_choice", from.complaint());
    const std::string& type = choice.required_text("type");
    if (type == "allowed_tools") return keep_allowed(choice, common);
    if (type != "function") return choice.refuse_value("type", type, "name a function");
    common["tool_choice"] = {{"type", "function"}, {"function", {{"name", choice.required_text("name")}}}};
}

// Without tools OpenAI's API takes neither choice nor parallel_tool_calls.
void read_tool_choice(Members& from, Json& common) {
    const Json* choice = from.any("tool_choice");
    const auto parallel = from.flag("parallel_tool_calls");
    bool is_open = !choice || *choice == "auto" || *choice == "none";
    if (!common.contains("tools")) {
        if (!is_open) from.complain(malformed("tools", "there for this tool_choice"));
        return;
    }
    if (parallel) common["parallel_tool_calls"] = *parallel;
    if (!choice) return;
    if (is_open || *choice == "required")
        common["tool_choice"] = *choice;
    else if (choice->is_object())
        read_chosen_tool(from, common);
    else
        from.complain(malformed("tool_choice", "none, auto, required or an object"));
}

void copy_if_there(Members& from, std::string_view name, Json& to) {
    const Json* value = from.any(name);
    if (value) to[std::string(name)] = *value;
}

void read_schema(Members& format, Json& common) {
    const Json* schema = format.object("schema");
    if (!schema) return format.complain(malformed("text.format.schema", "a JSON schema"));
    Json inner = {{"name", format.required_text("name")}};
    copy_if_there(format, "description", inner);
    inner["schema"] = *schema;
    copy_if_there(format, "strict", inner);
    common["response_format"] = {{"type", "json_schema"}, {"json_schema", std::move(inner)}};
}

void read_format(Members& text, Json& common) {
    const Json* json = text.object("format");
    if (!json) return;
    Members format(*json, "text.format", text.complaint());
    const std::string& type = format.required_text("type");
    if (type == "json_schema") return read_schema(format, common);
    if (type == "json_object")
        common["response_format"] = {{"type", type}};
    else if (type != "text")
        format.refuse_value("type", type, "use text, json_object or json_schema");
}

void read_text(Members& from, Json& common) {
    const Json* json = from.object("text");
    if (!json) return;
    Members text(*json, "text", from.complaint());
    const std::string* verbosity = text.word("verbosity", {"low", "medium", "high"});
    if (verbosity) common["verbosity"] = *verbosity;
    read_format(text, common);
}

// Thinking is given in full, which is more than any summary.
void read_reasoning(Members& from, Json& common) {
    const Json* json = from.object("reasoning");
    if (!json) return;
    Members reasoning(*json, "reasoning", from.complaint());
    reasoning.accept({"summary", "generate_summary"});
    reasoning.word("context", {"auto"});
    reasoning.word("mode", {"standard"});
    const std::string* effort =
        reasoning.word("effort", {"none", "minimal", "low", "medium", "high", "xhigh", "max"});
    if (!effort) return;
    common["reasoning_effort"] = *effort;
    set_thinking(common, *effort != "none");
}

void refuse_what_needs_a_store(Members& from) {
    from.refuse("previous_response_id", "nothing is stored here; send the whole conversation as input");
    from.refuse("conversation", "nothing is stored here; send the whole conversation as input");
    from.refuse("prompt", "nothing is stored here; send the prompt's text as instructions");
    from.refuse("background", "stream the reply instead");
}

void read_stream(Members& from, ResponsesRequest& out) {
    out.streams = from.flag("stream").value_or(false);
    const Json* json = from.object("stream_options");
    if (json) {
        Members options(*json, "stream_options", from.complaint());
        options.refuse("include_obfuscation");
    }
    if (!out.streams) return;
    out.common["stream"] = true;
    out.common["stream_options"] = {{"include_usage", true}};
}

void read_service(Members& from) {
    from.accept({"prompt_cache_retention", "prompt_cache_options", "service_tier"});
    from.flag("store");
    for (const char* name : {"user", "safety_identifier", "prompt_cache_key"}) from.text(name);
    from.object("metadata");
    from.refuse("max_tool_calls", "count the calls yourself");
    const std::string* truncation = from.text("truncation");
    if (truncation && *truncation != "disabled")
        from.refuse_value("truncation", *truncation, "shorten the input yourself");
}

Json given(const Json& request, std::string_view name, Json otherwise = nullptr) {
    const Json& value = member(request, name);
    return value.is_null() ? otherwise : value;
}

Json reasoning_of(const Json& request) {
    const Json& reasoning = member(request, "reasoning");
    return {{"effort", member(reasoning, "effort")}, {"summary", member(reasoning, "summary")}};
}

Json text_of(const Json& request) {
    Json text = given(request, "text", Json::object());
    if (member(text, "format").is_null()) text["format"] = {{"type", "text"}};
    return text;
}

// Every member that OpenAI's own replies have, in its order.
Json response_before_output(const Json& request, const Circumstances& circumstances) {
    return {{"id", "resp_" + id_stem(circumstances)},
            {"object", "response"},
            {"created_at", circumstances.now_ms / 1000},
            {"status", "in_progress"},
            {"background", false},
            {"completed_at", nullptr},
            {"error", nullptr},
            {"incomplete_details", nullptr},
            {"instructions", given(request, "instructions")},
            {"max_output_tokens", given(request, "max_output_tokens")},
            {"max_tool_calls", nullptr},
            {"model", circumstances.client_model},
            {"output", Json::array()},
            {"parallel_tool_calls", given(request, "parallel_tool_calls", true)},
            {"previous_response_id", nullptr},
            {"prompt_cache_key", given(request, "prompt_cache_key")},
            {"reasoning", reasoning_of(request)},
            {"safety_identifier", given(request, "safety_identifier")},
            {"service_tier", "default"},
            {"store", false},
            {"temperature", given(request, "temperature")},
            {"text", text_of(request)},
            {"tool_choice", given(request, "tool_choice", "auto")},
            {"tools", given(request, "tools", Json::array())},
            {"top_logprobs", given(request, "top_logprobs", 0)},
            {"top_p", given(request, "top_p")},
            {"truncation", "disabled"},
            {"usage", nullptr},
            {"user", given(request, "user")},
            {"metadata", given(request, "metadata", Json::object())}};
}

void read_members(Members& from, ResponsesRequest& out) {
    from.accept({"model"});
    read_messages(from, out.common);
    read_sampling(from, out.common);
    read_logprobs(from, out.common);
    read_tools(from, read_tool, out.common);
    read_tool_choice(from, out.common);
    read_text(from, out.common);
    read_reasoning(from, out.common);
    refuse_what_needs_a_store(from);
    read_service(from);
    read_stream(from, out);
}

}  // namespace

Result<ResponsesRequest> read_responses_request(const Json& request, const Circumstances& circumstances) {
    Complaint complaint;
    ResponsesRequest out;
    out.common["model"] = circumstances.server_model;
    {
        Members from(request, "", complaint);
        read_members(from, out);
    }
    if (complaint) return *complaint;
    out.response = response_before_output(request, circumstances);
    return out;
}

}  // namespace aihub::translate
