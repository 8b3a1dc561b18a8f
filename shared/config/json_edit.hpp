// A patch (RFC 7396, JSON merge patch) applied to the text of an aihub.json: comments, order and layout of
// what is not changed stay as they are. Pure.
#pragma once

#include <string>
#include <string_view>

#include "shared/base/result.hpp"

namespace aihub::config {

// `patch` is a JSON object; null in it removes a member. invalid_input, "LINE: what", when `text` is no
// object. The result is as strict about commas as the text was.
Result<std::string> merge_patch(std::string_view text, std::string_view patch);

}  // namespace aihub::config
