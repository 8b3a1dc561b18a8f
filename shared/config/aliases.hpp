// Whether the aliases of models lead anywhere. Pure. Private to shared/config.
#pragma once

#include <vector>

#include "shared/base/result.hpp"
#include "shared/config/configuration.hpp"

namespace aihub::config {

// Mistakes: an alias that leads to itself, at once or by way of others (each circle is named once), and one
// that leads through more than deepest_alias others.
void check_aliases(const std::vector<ModelAlias>& aliases, std::vector<Error>& mistakes);

}  // namespace aihub::config
