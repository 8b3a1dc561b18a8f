#include "tools/aihub-serve/translate/tool_parts.hpp"

namespace aihub::translate {

void read_tools(Members& from, ReadTool read_tool, Json& common) {
    const Json* list = from.list("tools");
    if (!list || list->empty()) return;
    Json tools = Json::array();
    for (std::size_t i = 0; i < list->size() && !from.complaint(); ++i)
        tools.push_back(read_tool((*list)[i], item_path("tools", i), from.complaint()));
    if (!from.complaint()) common["tools"] = std::move(tools);
}

Json read_function(Members& tool, std::string_view schema_name, const Json* otherwise) {
    Json function = {{"name", tool.required_text("name")}};
    const std::string* description = tool.text("description");
    if (description) function["description"] = *description;
    const Json* schema = tool.object(schema_name);
    if (!schema) schema = otherwise;
    if (!schema) tool.complain(malformed(tool.path(schema_name), "a JSON schema"));
    function["parameters"] = schema ? *schema : Json::object();
    auto strict = tool.flag("strict");
    if (strict) function["strict"] = *strict;
    return function;
}

// "direct" is what every tool is that the client itself runs.
void refuse_callers(Members& tool) {
    const Json* callers = tool.list("allowed_callers");
    if (callers && *callers != Json::array({"direct"}))
        tool.complain(not_to_be_had(tool.path("allowed_callers"), "leave it out"));
}

}  // namespace aihub::translate
