// What requests of Anthropic's messages and of OpenAI's responses have in common where they offer tools; each
// API reads its own kinds of tools. Complaints as in members.hpp. Pure, any thread.
#pragma once

#include <string>
#include <string_view>

#include "tools/aihub-serve/translate/members.hpp"

namespace aihub::translate {

// One tool of the request in the common form.
using ReadTool = Json (*)(const Json& tool, const std::string& path, Complaint& complaint);

// The request's `tools`, when there are any and all of them can be had.
void read_tools(Members& from, ReadTool read_tool, Json& common);

// The function that a tool describes, with its schema under that name. `otherwise` is the schema of a tool
// that gives none; without it, a tool has to.
Json read_function(Members& tool, std::string_view schema_name, const Json* otherwise);

// For tools that something else than the model may call.
void refuse_callers(Members& tool);

}  // namespace aihub::translate
