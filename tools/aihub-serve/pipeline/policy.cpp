#include "tools/aihub-serve/pipeline/policy.hpp"

namespace aihub::serve {

Policy::Policy(const config::Settings& settings, const std::string& state_folder) {
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

}  // namespace aihub::serve
