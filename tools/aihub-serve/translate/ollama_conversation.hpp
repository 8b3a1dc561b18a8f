// Messages as Ollama's clients send them, in the common form: pictures become parts of the content, arguments
// of tool calls text, and each tool's result refers to its call by id. Errors are invalid_input and name the
// message and the member. Pure, any thread.
#pragma once

#include "shared/base/result.hpp"
#include "tools/aihub-serve/translate/json_text.hpp"

namespace aihub::translate {

Result<Json> common_messages(const Json& messages);

// A content of pictures (a list of base64, or null) and text, in this order: Ollama puts pictures first.
// `where` names the list in errors.
Result<Json> content_with_images(const Json& images, const Json& text, const std::string& where);

}  // namespace aihub::translate
