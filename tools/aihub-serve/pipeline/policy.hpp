// The settings that the request path reads, taken out of the table once. Immutable; a reload makes a new one.
#pragma once

#include <string>
#include <vector>

#include "shared/config/configuration.hpp"
#include "shared/http/head.hpp"
#include "tools/aihub-serve/pipeline/spool.hpp"

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
    unsigned connections_per_client = 0;
    unsigned max_connections = 0;
    Milliseconds resume_window{0};  // 0: off
    std::uint64_t resume_buffer = 0;

    explicit Policy(const config::Settings& settings, const std::string& state_folder);
};

}  // namespace aihub::serve
