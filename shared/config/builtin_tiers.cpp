#include "shared/config/builtin_tiers.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace aihub::config {
namespace {

struct BuiltinTier {
    const char* name;
    const char* rate;  // the setting with its requests a minute; none: no limit
    bool prepaid;
    bool unlimited;  // no limit counts, also none of a user's own
};

constexpr std::array builtin_tiers = {
    BuiltinTier{"payg", "rate_limits.payg", true, false},
    BuiltinTier{"sub", "rate_limits.sub", false, false},
    BuiltinTier{"open", nullptr, false, false},  // as keys were before there were tiers
    BuiltinTier{"admin", nullptr, false, true},
};

TierConfig terms_of(const BuiltinTier& builtin, const Settings& settings) {
    TierConfig tier;
    tier.name = builtin.name;
    tier.unlimited = builtin.unlimited;
    if (builtin.rate) tier.requests_per_minute = settings.integer(builtin.rate);
    tier.prepaid = builtin.prepaid;
    return tier;
}

// What the file says of a tier, over what counts where it says nothing.
TierConfig overlaid(const TierConfig& known, TierConfig said) {
    if (!said.requests_per_minute) said.requests_per_minute = known.requests_per_minute;
    said.prepaid = said.prepaid.value_or(known.prepaid.value_or(false));
    if (!said.unlimited) return said;
    said.requests_per_minute.reset();
    said.tokens_per_minute.reset();
    said.max_concurrent.reset();
    return said;
}

}  // namespace

std::vector<TierConfig> described_tiers(const Configuration& configuration) {
    std::vector<TierConfig> tiers;
    for (const BuiltinTier& builtin : builtin_tiers)
        tiers.push_back(terms_of(builtin, configuration.settings));
    for (const TierConfig& said : configuration.tiers) {
        auto known = std::find_if(tiers.begin(), tiers.end(),
                                  [&](const TierConfig& tier) { return tier.name == said.name; });
        if (known == tiers.end())
            tiers.push_back(overlaid({}, said));
        else
            *known = overlaid(*known, said);
    }
    return tiers;
}

}  // namespace aihub::config
