// The messages of an Anthropic request as those of the common form: results of tools become messages of their
// own, thinking becomes reasoning_content. Pure, any thread.
#pragma once

#include "tools/aihub-serve/translate/members.hpp"

namespace aihub::translate {

// The text of `system`: a string, or a list of text blocks.
std::string anthropic_system(const Json& system, Complaint& complaint);

// Appends to `messages` what one message says; usually one message, more with results of tools.
void read_anthropic_message(const Json& message, std::size_t index, Json& messages, Complaint& complaint);

}  // namespace aihub::translate
