// What is known of one server from moment to moment. Outlives the catalogues that name the server; shared by all
// loops without a lock.
#pragma once

#include <atomic>
#include <cstdint>

namespace aihub::serve {

struct UpstreamState {
    std::atomic<int> outstanding{0};          // requests on their way
    std::atomic<std::int64_t> down_until{0};  // steady ms; while it lies ahead the server is tried last
};

}  // namespace aihub::serve
