// What the members of a JSON log line are called, and what they mean here: nginx's variables, the gateway's
// names, and what people's log formats commonly call the same things. Pure, any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace aihub::accesslog {

enum class Field {
    none,  // a member that is of no use here
    msec,
    time,
    time_local,
    remote_addr,
    client_ip,  // by names that may mean something else where there is a remote_addr, too
    forwarded_for,
    method,
    request_uri,
    request,
    uri,
    status,
    request_time,
    body_bytes_sent,
    bytes_sent,
    referer,
    user_agent,
    api_key,
    authorization,
    upstream_addr,
    upstream_status,
    upstream_response_time,
    request_id,
    user,
    key_id,
    model,
    service,
    reason,
    overhead_ms,
    ttft_ms,
    tokens_in,
    tokens_out,
    cost_micro,
    usage_id,
};
inline constexpr std::size_t field_count = static_cast<std::size_t>(Field::usage_id) + 1;

// Only letters and digits count, and no case: "remote_addr", "remoteAddr" and "@remote-addr" are one name.
Field field_of(std::string_view name);

}  // namespace aihub::accesslog
