// Which tiers there are: the standard ones and those of the configuration.
#pragma once

#include <optional>
#include <string>

#include "tools/aihub-serve/api/fields.hpp"
#include "tools/aihub-serve/pipeline/exchange.hpp"

namespace aihub::serve {

bool is_tier(const Exchange& x, const std::string& name);

// The member `tier`; a complaint that names them all when there is none of that name.
std::optional<std::string> read_tier(const Exchange& x, Fields& fields);

}  // namespace aihub::serve
