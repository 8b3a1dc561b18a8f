// Base URLs of model servers. Pure.
#pragma once

#include <string>
#include <string_view>

#include "shared/base/result.hpp"

namespace aihub::config {

// "http://Host" as "http://host:80", "https://host:8443/path/" as "https://host:8443/path": scheme and host
// in lower case, the port always there, no slash at the end. invalid_input for anything but http and https,
// for a user name, a query, a fragment, or a byte that no URL may hold.
Result<std::string> normalise_base_url(std::string_view text);

}  // namespace aihub::config
