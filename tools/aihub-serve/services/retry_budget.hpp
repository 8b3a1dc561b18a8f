// How many requests may be sent to another server after a failure: so many percent of the requests of the
// last ten seconds, and ten a second in any case. Without it, servers that all fail would get every request
// several times. One a loop, for the loop's own thread. Times are steady ms.
#pragma once

#include <array>
#include <cstdint>

namespace aihub::serve {

class RetryBudget {
public:
    void note_request(std::int64_t now) { second_of(now).requests += 1; }
    bool may_retry(unsigned percent, std::int64_t now);
    void note_retry(std::int64_t now) { second_of(now).retries += 1; }

private:
    struct Second {
        std::int64_t number = -1;
        std::uint64_t requests = 0;
        std::uint64_t retries = 0;
    };
    Second& second_of(std::int64_t now);

    std::array<Second, 10> seconds_;
};

}  // namespace aihub::serve
