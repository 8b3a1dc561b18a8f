// What is known of one server from moment to moment. Outlives the catalogues that name the server; shared by
// all loops without a lock.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "tools/aihub-serve/services/breaker.hpp"
#include "tools/aihub-serve/services/latency.hpp"
#include "tools/aihub-serve/translate/api.hpp"

namespace aihub::serve {

// What a server said when it was asked whether it speaks an API.
struct ApiAnswer {
    bool known = false;
    bool yes = false;
    std::uint32_t openings = 0;  // of the breaker when it answered: another server may have come back since
};

struct UpstreamState {
    std::atomic<int> outstanding{0};         // requests on their way
    std::atomic<unsigned> limit{0};          // of them: max_concurrent, as configured last; 0: none
    std::atomic<int> waiting{0};             // requests that wait for a place (FairQueue)
    std::atomic<std::uint64_t> identity{0};  // hash of its address; 0: not needed yet
    Breaker breaker;
    Latency latency;                                                  // to the first byte
    std::array<std::atomic<ApiAnswer>, translate::api_count> apis{};  // by Api
    // How often the breaker had opened, plus one, when it refused to count a stream's tokens: another server
    // may have come since.
    std::atomic<std::uint32_t> refused_usage{0};

    bool has_room() const {
        unsigned most = limit.load(std::memory_order_relaxed);
        return most == 0 || outstanding.load(std::memory_order_relaxed) < static_cast<int>(most);
    }
    // Counts a request as outstanding, unless there are as many as there may be. Sequentially consistent, as
    // is leave(): who fails and then waits is seen by whoever leaves later.
    bool try_enter() {
        unsigned most = limit.load(std::memory_order_relaxed);
        int before = outstanding.load();
        while (most == 0 || before < static_cast<int>(most))
            if (outstanding.compare_exchange_weak(before, before + 1)) return true;
        return false;
    }
    void leave() { outstanding.fetch_sub(1); }

    bool takes_question_for_usage() const { return refused_usage.load() != breaker.openings() + 1; }
    void note_refused_usage() { refused_usage = breaker.openings() + 1; }
};

}  // namespace aihub::serve
