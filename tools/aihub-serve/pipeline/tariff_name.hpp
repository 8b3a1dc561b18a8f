// The name under which a request's model is priced and limited. A model costs the same whatever it is called
// by, `name:latest`, `service/name`, an alias, or `auto` that found it, unless the settings say otherwise of
// that very name; and what another model has answered costs what that one does.
#pragma once

#include <string>
#include <string_view>

#include "tools/aihub-serve/pipeline/exchange.hpp"

namespace aihub::serve {

// `served`: the model as its server calls it; empty when that is the name in the request.
std::string tariff_name(const Exchange& x, std::string_view served);

}  // namespace aihub::serve
