#include "tools/aihub-serve/api/tier_names.hpp"

#include <algorithm>

namespace aihub::serve {
namespace {

std::vector<std::string> tier_names(const Exchange& x) {
    std::vector<std::string> names = {"payg", "sub", "open", "admin"};
    for (const config::TierConfig& tier : x.picture->configuration->tiers)
        if (std::find(names.begin(), names.end(), tier.name) == names.end()) names.push_back(tier.name);
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
