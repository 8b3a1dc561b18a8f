// How servers of the same rank share their work. Values, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/config/configuration.hpp"

namespace aihub::serve {

enum class Strategy { least_outstanding, round_robin, latency, cost, sticky };

// "least-outstanding", "round-robin", …; nothing for other words.
std::optional<Strategy> parse_strategy(std::string_view word);
std::string_view strategy_name(Strategy strategy);

// The strategies of the groups that the configuration names.
class GroupStrategies {
public:
    GroupStrategies() = default;
    explicit GroupStrategies(const std::vector<config::ServiceGroup>& groups);

    Strategy of(const std::string& group, Strategy fallback) const;

private:
    std::vector<std::pair<std::string, Strategy>> strategies_;
};

}  // namespace aihub::serve
