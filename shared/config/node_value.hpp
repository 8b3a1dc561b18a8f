// A JSON value as the value of a setting. Pure. Private to shared/config.
#pragma once

#include <string>
#include <string_view>

#include "shared/base/result.hpp"
#include "shared/config/json_tree.hpp"
#include "shared/config/settings.hpp"

namespace aihub::config {

// The canonical text; invalid_input when the JSON type is wrong or the value is.
Result<std::string> node_value(const Setting& setting, const JsonNode& node);

// "an object", "a number", …: for messages.
std::string_view kind_words(JsonNode::Kind kind);

}  // namespace aihub::config
