#include "tools/aihub-serve/api/tier_names.hpp"

#include <algorithm>

#include "shared/config/builtin_tiers.hpp"

namespace aihub::serve {
namespace {

std::vector<std::string> tier_names(const Exchange& x) {
    std::vector<std::string> names;
    for (const config::TierConfig& tier : config::described_tiers(*x.picture->configuration))
        names.push_back(tier.name);
    return names;
}

}  // namespace

bool is_tier(const Exchange& x, const std::string& name) {
    std::vector<std::string> names = tier_names(x);
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::optional<std::string> read_tier(const Exchange& x, Fields& fields) {
    std::optional<std::string> tier = fields.text("tier");
    if (!tier || is_tier(x, *tier)) return tier;
    std::string known;
    for (const std::string& name : tier_names(x)) known += (known.empty() ? "" : ", ") + name;
    fields.complain("tier", "there is none of that name; those that are there: " + known);
    return std::nullopt;
}

}  // namespace aihub::serve
