// How fast a queue moves, for telling others when it is worth coming again. No lock; times are steady ms.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace aihub::serve {

class Pace {
public:
    // Somebody waits where nobody did: time until now tells nothing.
    void begin(std::int64_t now) { last_ms_ = now; }
    // Somebody of those who waited was served.
    void step(std::int64_t now) {
        auto gap = static_cast<double>(now - last_ms_);
        average_ms_ = known_ ? average_ms_ + (gap - average_ms_) / 8 : gap;
        known_ = true;
        last_ms_ = now;
    }

    // Seconds until `count` have been served, if it goes on as it went lately; from 1 to `most`.
    std::int64_t seconds_for(std::size_t count, std::int64_t now, std::int64_t most) const {
        double gap = std::max(average_ms_, static_cast<double>(now - last_ms_));  // it may have got stuck
        double seconds = std::min(gap * static_cast<double>(count) / 1000 + 1, 1e9);
        return std::clamp<std::int64_t>(static_cast<std::int64_t>(seconds), 1,
                                        std::max<std::int64_t>(1, most));
    }

private:
    std::int64_t last_ms_ = 0;
    double average_ms_ = 0;
    bool known_ = false;
};

}  // namespace aihub::serve
