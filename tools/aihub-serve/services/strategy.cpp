#include "tools/aihub-serve/services/strategy.hpp"

#include <algorithm>
#include <array>

namespace aihub::serve {
namespace {

constexpr std::array<std::string_view, 5> names = {"least-outstanding", "round-robin", "latency", "cost",
                                                   "sticky"};

}  // namespace

std::optional<Strategy> parse_strategy(std::string_view word) {
    const auto* found = std::find(names.begin(), names.end(), word);
    if (found == names.end()) return std::nullopt;
    return static_cast<Strategy>(found - names.begin());
}

std::string_view strategy_name(Strategy strategy) {
    return names.at(static_cast<std::size_t>(strategy));
}

GroupStrategies::GroupStrategies(const std::vector<config::ServiceGroup>& groups) {
    for (const config::ServiceGroup& group : groups)
        if (std::optional<Strategy> strategy = parse_strategy(group.strategy))  // config::load refused others
            strategies_.emplace_back(group.name, *strategy);
}

Strategy GroupStrategies::of(const std::string& group, Strategy fallback) const {
    if (group.empty()) return fallback;
    for (const auto& [name, strategy] : strategies_)
        if (name == group) return strategy;
    return fallback;
}

}  // namespace aihub::serve
