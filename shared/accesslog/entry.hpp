// One request as a line of an access log tells it. A plain value; its texts belong to the line it was read
// from or to the LineParser that read it, and end with that parser's next line. They hold whatever bytes a
// client sent, also control bytes and what is no UTF-8; "-" and null are empty. No key and no secret of a
// query is ever in one.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace aihub::accesslog {

struct Entry {
    std::optional<std::int64_t> time_ms;  // since 1970, UTC; nothing when the line gives no time
    std::string_view remote_addr;
    std::string_view forwarded_for;  // X-Forwarded-For as logged: see client.hpp
    std::string_view method;         // empty when what was sent is no request line
    std::string_view uri;            // with its query, secrets masked
    std::string_view path;           // of the uri, "/" when there is none
    int status = 0;
    std::int64_t request_time_ms = 0;
    std::int64_t body_bytes_sent = 0;
    std::int64_t bytes_sent = 0;  // with the head; as many as body_bytes_sent where only those are known
    std::string_view referer;     // secrets masked
    std::string_view user_agent;
    bool tells_key = false;     // whether the format has a place for the key at all
    std::string_view key_hint;  // what may be shown of the key; empty: none was sent
    std::string_view key_id;  // the gateway's; of a key in clear the first half of its digest, in hexadecimal
    std::string_view upstream_addr;                         // as logged, lists whole: last_of()
    std::string_view upstream_status;                       // as logged, lists whole: last_of()
    std::optional<std::int64_t> upstream_response_time_ms;  // of all servers that were asked
    std::string_view request_id;
    std::string_view user;
    std::string_view model;
    std::string_view service;
    std::string_view reason;  // why the gateway chose this server
    std::optional<std::int64_t> overhead_us;
    std::optional<std::int64_t> ttft_ms;
    std::optional<std::int64_t> tokens_in;
    std::optional<std::int64_t> tokens_out;
    std::optional<std::int64_t> cost_micro;
    std::optional<std::int64_t> usage_id;
};

}  // namespace aihub::accesslog
