#include "tools/aihub-serve/services/retry_budget.hpp"

namespace aihub::serve {
namespace {

constexpr std::uint64_t always = 10;  // retries a second, whatever the percentage

}  // namespace

RetryBudget::Second& RetryBudget::second_of(std::int64_t now) {
    std::int64_t number = now / 1000;
    Second& second = seconds_[static_cast<std::uint64_t>(number) % seconds_.size()];
    if (second.number != number) second = {number, 0, 0};
    return second;
}

bool RetryBudget::may_retry(unsigned percent, std::int64_t now) {
    Second& current = second_of(now);
    std::uint64_t requests = 0;
    std::uint64_t retries = 0;
    for (const Second& second : seconds_) {
        if (second.number <= current.number - static_cast<std::int64_t>(seconds_.size())) continue;
        requests += second.requests;
        retries += second.retries;
    }
    return current.retries < always || retries * 100 < requests * percent;
}

}  // namespace aihub::serve
