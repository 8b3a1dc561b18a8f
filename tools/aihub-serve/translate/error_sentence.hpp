// The sentence inside an error reply of a model server, whatever its form. Pure, any thread.
#pragma once

#include <string>
#include <string_view>

#include "tools/aihub-serve/translate/json_text.hpp"

namespace aihub::translate {

// Of an error member or of a whole reply: {"error":{"message":…}}, {"error":"…"}, {"message":…},
// {"detail":…}. Empty when there is none.
std::string error_sentence(const Json& value);

// Of a body that may be JSON, plain text, a page of HTML or nothing.
std::string error_sentence(int status, std::string_view body);

}  // namespace aihub::translate
