// JSON from and to text as strangers send it: nested 512 deep at most, no member of an object twice (two
// readers would pick different ones), never an exception, time in proportion to the text. Numbers keep their
// kind and value. Pure, any thread.
#pragma once

#include <string>
#include <string_view>

#include "shared/base/result.hpp"
#include "tools/aihub-serve/translate/chat_sides.hpp"

namespace aihub::translate {

// invalid_input with what is wrong and where; corrupt when the text ends too early.
Result<Json> read_json(std::string_view text);

// The shortest text. Bytes that are no UTF-8 become U+FFFD.
std::string json_text(const Json& value);

// As a string literal with its quotes, appended.
void append_json_string(std::string& out, std::string_view text);

// What stands under a name: null when there is no such member, or `object` is none.
const Json& member(const Json& object, std::string_view name);
// The text of a member; empty when it is none.
std::string_view text_member(const Json& object, std::string_view name);
// The items of a list; none when `value` is none. (A loop over a Json that is a text would give the text.)
const Json::array_t& items(const Json& value);

}  // namespace aihub::translate
