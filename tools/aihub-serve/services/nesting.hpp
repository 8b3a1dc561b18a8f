// How deep JSON from a server is nested, told before it is parsed: copying and writing a parsed value
// recurse. Pure, any thread.
#pragma once

#include <string_view>

namespace aihub::serve {

inline constexpr unsigned deepest_nesting = 64;  // no list of models comes near it

bool is_nested_deeper(std::string_view json, unsigned levels);

}  // namespace aihub::serve
