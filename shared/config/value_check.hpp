// Is this text a value of that setting? Pure. Private to shared/config.
#pragma once

#include <string>
#include <string_view>

#include "shared/base/result.hpp"
#include "shared/config/settings.hpp"

namespace aihub::config {

// The value as Settings keeps it: a boolean as "on" or "off", a base path with one slash in front and none
// behind, a URL with its port. invalid_input says what is wrong and what would be right; it never repeats a
// secret.
Result<std::string> canonical_value(const Setting& setting, std::string_view text);

}  // namespace aihub::config
