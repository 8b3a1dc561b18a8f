// The settings that the request path reads, taken out of the table once. Immutable; a reload makes a new one.
#pragma once

#include <string>
#include <vector>

#include "shared/config/configuration.hpp"
#include "shared/http/head.hpp"
#include "tools/aihub-serve/accounts/tariff.hpp"
#include "tools/aihub-serve/pipeline/spool.hpp"
#include "tools/aihub-serve/services/candidate.hpp"
#include "tools/aihub-serve/services/strategy.hpp"

namespace aihub::serve {

struct Policy {
    bool auth = true;
    std::string base_path;  // "/api"
    std::vector<std::string> cors_origins;
    http::HeadLimits head_limits;
    std::uint64_t body_limit = 0;
    std::uint64_t audio_body_limit = 0;
    Milliseconds header_timeout{0};
    Milliseconds body_timeout{0};
    Milliseconds idle_timeout{0};
    SpoolLimits spool;
    Strategy strategy = Strategy::least_outstanding;  // of services without a group
    GroupStrategies groups;
    std::vector<int> retry_status;  // statuses after which another server is asked
    unsigned retry_attempts = 0;    // servers beyond the first
    unsigned retry_budget = 0;      // percent of requests
    Milliseconds queue_timeout{0};
    std::size_t queue_length = 0;  // most requests that wait
    std::size_t queue_length_per_user = 0;
    Milliseconds stream_keepalive{0};
    bool stream_usage = true;  // servers are asked for the token counts of streams
    unsigned connections_per_client = 0;
    unsigned max_connections = 0;
    Milliseconds resume_window{0};  // 0: off
    std::uint64_t resume_buffer = 0;
    Tariff tariff;

    Policy(const config::Configuration& configuration, const std::string& state_folder);

    Strategy strategy_of(const Candidate& candidate) const {
        return groups.of(candidate.upstream->service->config.group, strategy);
    }
    // Whether any of them is chosen by conversation.
    bool is_sticky(const Candidates& candidates) const;
};

}  // namespace aihub::serve
