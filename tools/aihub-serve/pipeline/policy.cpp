#include "tools/aihub-serve/pipeline/policy.hpp"

#include <algorithm>

#include "shared/base/strings.hpp"

namespace aihub::serve {

Policy::Policy(const config::Configuration& configuration, const std::string& state_folder)
    : groups(configuration.groups), tariff(configuration) {
    const config::Settings& settings = configuration.settings;
    strategy = parse_strategy(settings.text("strategy")).value_or(Strategy::least_outstanding);
    for (const std::string& status : settings.list("retry_status"))
        if (auto number = parse_unsigned(status)) retry_status.push_back(static_cast<int>(*number));
    retry_attempts = static_cast<unsigned>(settings.integer("retry_attempts"));
    retry_budget = static_cast<unsigned>(settings.integer("retry_budget"));
    queue_timeout = settings.duration("queue_timeout");
    queue_length = static_cast<std::size_t>(settings.integer("queue_length"));
    queue_length_per_user = static_cast<std::size_t>(settings.integer("queue_length_per_user"));
    stream_keepalive = settings.duration("stream_keepalive");
    stream_usage = settings.boolean("stream_usage");
    auth = settings.boolean("auth");
    base_path = settings.text("base_path");
    cors_origins = settings.list("cors_origins");
    head_limits.bytes = settings.size("header_limit");
    head_limits.headers = static_cast<std::size_t>(settings.integer("header_count_limit"));
    body_limit = settings.size("body_limit");
    audio_body_limit = settings.size("audio_body_limit");
    header_timeout = settings.duration("header_timeout");
    body_timeout = settings.duration("body_timeout");
    idle_timeout = settings.duration("idle_timeout");
    spool.memory = settings.size("spool_memory");
    spool.total = settings.size("retry_body_limit");
    spool.folder = settings.text("spool_dir").empty() ? state_folder : settings.text("spool_dir");
    connections_per_client = static_cast<unsigned>(settings.integer("connections_per_client"));
    max_connections = static_cast<unsigned>(settings.integer("max_connections"));
    resume_window = settings.duration("resume_window");
    resume_buffer = settings.size("resume_buffer");
}

bool Policy::is_sticky(const Candidates& candidates) const {
    return std::any_of(candidates.begin(), candidates.end(), [this](const Candidate& candidate) {
        return strategy_of(candidate) == Strategy::sticky;
    });
}

}  // namespace aihub::serve
