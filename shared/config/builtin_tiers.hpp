// The tiers there are: four that always are, with what the settings and the file say of them, and those of
// the file. One rule for the gateway and for what shows tiers to people. Pure; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "shared/config/configuration.hpp"

namespace aihub::config {

// A minute, for users of a tier that nobody has described: the older gateway's rule.
inline constexpr std::int64_t rate_of_unknown_tiers = 5;

// Each once: payg, sub, open and admin, then the file's in its order. `prepaid` is always said; what has no
// limits has none of its own either.
std::vector<TierConfig> described_tiers(const Configuration& configuration);

}  // namespace aihub::config
