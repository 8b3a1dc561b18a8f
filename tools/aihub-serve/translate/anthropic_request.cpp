#include "tools/aihub-serve/translate/anthropic_request.hpp"

#include "tools/aihub-serve/translate/anthropic_content.hpp"
#include "tools/aihub-serve/translate/chat_parts.hpp"
#include "tools/aihub-serve/translate/tool_parts.hpp"

namespace aihub::translate {
namespace {

void copy_number(Members& from, std::string_view name, Json& common) {
    const Json* value = from.number(name);
    if (value) common[std::string(name)] = *value;
}

void read_messages(Members& from, Json& common) {
    Json messages = Json::array();
    const Json* system = from.any("system");
    if (system)
        messages.push_back({{"role", "system"}, {"content", anthropic_system(*system, from.complaint())}});
    const Json* list = from.list("messages");
    if (!list || list->empty()) return from.complain(malformed("messages", "a list of at least one message"));
    for (std::size_t i = 0; i < list->size() && !from.complaint(); ++i)
        read_anthropic_message((*list)[i], i, messages, from.complaint());
    common["messages"] = std::move(messages);
}

void read_limit(Members& from, Json& common) {
    const Json* limit = from.count("max_tokens");
    if (limit)
        common["max_tokens"] = *limit;
    else
        from.complain(malformed("max_tokens", "a whole number, 1 or more"));
}

void read_stops(Members& from, Json& common) {
    const Json* stops = from.list("stop_sequences");
    if (!stops) return;
    for (const Json& stop : *stops)
        if (!stop.is_string()) return from.complain(malformed("stop_sequences", "a list of strings"));
    if (!stops->empty()) common["stop"] = *stops;
}

void read_sampling(Members& from, Json& common) {
    copy_number(from, "temperature", common);
    copy_number(from, "top_p", common);
    copy_number(from, "top_k", common);
    read_stops(from, common);
}

// Tools with a type of their own are run by Anthropic, or known to its models alone.
Json read_tool(const Json& json, const std::string& path, Complaint& complaint) {
    Members tool(json, path, complaint);
    const std::string* type = tool.text("type");
    if (type && *type != "custom") {
        tool.refuse_value("type", *type, "describe the tool with a name and an input_schema");
        return nullptr;
    }
    Json function = read_function(tool, "input_schema", nullptr);
    refuse_callers(tool);
    tool.refuse("defer_loading");
    tool.refuse("input_examples", "put the examples into the description");
    tool.accept({"cache_control", "eager_input_streaming"});
    return {{"type", "function"}, {"function", std::move(function)}};
}

void read_choice(Members& choice, Json& common) {
    const std::string& type = choice.required_text("type");
    if (choice.flag("disable_parallel_tool_use").value_or(false)) common["parallel_tool_calls"] = false;
    if (type == "auto" || type == "none")
        common["tool_choice"] = type;
    else if (type == "any")
        common["tool_choice"] = "required";
    else if (type == "tool")
        common["tool_choice"] = {{"type", "function"},
                                 {"function", {{"name", choice.required_text("name")}}}};
    else
        choice.complain(malformed("tool_choice.type", "auto, any, tool or none"));
}

// OpenAI's API takes a choice only beside tools, and so does Anthropic's.
void read_tool_choice(Members& from, Json& common) {
    const Json* json = from.object("tool_choice");
    if (!json) return;
    if (!common.contains("tools")) return from.complain(malformed("tools", "there for a tool_choice"));
    Members choice(*json, "tool_choice", from.complaint());
    read_choice(choice, common);
}

// Servers know efforts, not budgets.
const char* effort_of(std::uint64_t budget) {
    if (budget < 4096) return "low";
    return budget < 16384 ? "medium" : "high";
}

void read_budget(Members& thinking, Json& common) {
    const Json* budget = thinking.count("budget_tokens");
    if (!budget) return thinking.complain(malformed("thinking.budget_tokens", "a whole number, 1 or more"));
    common["reasoning_effort"] = effort_of(budget->get<std::uint64_t>());
}

void read_thinking(Members& from, AnthropicRequest& out) {
    const Json* json = from.object("thinking");
    if (!json) return;
    Members thinking(*json, "thinking", from.complaint());
    const std::string& type = thinking.required_text("type");
    const std::string* display = thinking.word("display", {"summarized", "omitted"});
    out.omits_thinking = display && *display == "omitted";
    if (type == "enabled")
        read_budget(thinking, out.common);
    else if (type != "adaptive" && type != "disabled")
        return thinking.refuse_value("type", type, "use enabled, adaptive or disabled");
    set_thinking(out.common, type != "disabled");
}

void read_format(Members& from, std::string_view name, Json& common) {
    const Json* json = from.object(name);
    if (!json) return;
    Members format(*json, from.path(name), from.complaint());
    const Json* schema = format.object("schema");
    if (common.contains("response_format"))
        return format.complain(malformed("output_format", "absent where output_config.format is given"));
    if (format.required_text("type") != "json_schema" || !schema)
        return format.complain(malformed(from.path(name), "an object with type json_schema and a schema"));
    // A name is something that the common form demands; nothing depends on it.
    common["response_format"] = {
        {"type", "json_schema"},
        {"json_schema", {{"name", "answer"}, {"schema", *schema}, {"strict", true}}}};
}

void read_effort(Members& config, Json& common) {
    const std::string* effort = config.word("effort", {"low", "medium", "high", "xhigh", "max"});
    bool off = common.value("reasoning_effort", "") == "none";
    if (effort && !off) common["reasoning_effort"] = *effort;
}

// After thinking: an effort that is asked for by name counts more than one that a budget suggests.
void read_output(Members& from, Json& common) {
    read_format(from, "output_format", common);
    const Json* json = from.object("output_config");
    if (!json) return;
    Members config(*json, "output_config", from.complaint());
    read_effort(config, common);
    read_format(config, "format", common);
}

// Coding agents ask always that thinking be kept, which it is where nothing is cleared.
void read_context_management(Members& from) {
    const Json* json = from.object("context_management");
    if (!json) return;
    Members management(*json, "context_management", from.complaint());
    const Json* edits = management.list("edits");
    for (std::size_t i = 0; edits && i < edits->size(); ++i) {
        Members edit((*edits)[i], item_path("context_management.edits", i), from.complaint());
        const std::string& type = edit.required_text("type");
        const Json* keep = edit.any("keep");
        if (!type.starts_with("clear_thinking_") || !keep || *keep != "all")
            return edit.refuse_value("type", type, "shorten the conversation before it is sent");
    }
}

void read_service(Members& from) {
    from.accept({"cache_control", "metadata", "service_tier"});
    from.word("speed", {"standard"});
    from.refuse("container");
    from.refuse("mcp_servers", "call the tools yourself and send what they return");
    read_context_management(from);
}

// What a prompt is made of.
void read_prompt(Members& from, AnthropicRequest& out, const Circumstances& circumstances) {
    from.accept({"model"});
    out.common["model"] = circumstances.server_model;
    read_messages(from, out.common);
    read_tools(from, read_tool, out.common);
    read_tool_choice(from, out.common);
    read_thinking(from, out);
    read_output(from, out.common);
    read_service(from);
}

void read_stream(Members& from, AnthropicRequest& out) {
    out.streams = from.flag("stream").value_or(false);
    if (!out.streams) return;
    out.common["stream"] = true;
    out.common["stream_options"] = {{"include_usage", true}};
}

}  // namespace

Result<AnthropicRequest> read_anthropic_request(const Json& request, const Circumstances& circumstances) {
    Complaint complaint;
    AnthropicRequest out;
    {
        Members from(request, "", complaint);
        read_prompt(from, out, circumstances);
        read_limit(from, out.common);
        read_sampling(from, out.common);
        read_stream(from, out);
    }
    if (complaint) return *complaint;
    return out;
}

Result<Json> count_tokens_prompt(const Json& request, const Circumstances& circumstances) {
    Complaint complaint;
    AnthropicRequest out;
    {
        Members from(request, "", complaint);
        read_prompt(from, out, circumstances);
    }
    if (complaint) return *complaint;
    return std::move(out.common);
}

}  // namespace aihub::translate
