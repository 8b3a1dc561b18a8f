#include "shared/accesslog/source/event.hpp"

#include "shared/accesslog/flags.hpp"
#include "shared/base/strings.hpp"

namespace aihub::accesslog {
namespace {

void write_list(std::string& out, std::string_view forwarded_for) {
    out.clear();
    if (forwarded_for.empty()) return;
    for (std::string_view piece : split(forwarded_for, ',')) {
        out += out.empty() ? "[\"" : ",\"";
        append_json_escaped(out, trim(piece));
        out += '"';
    }
    out += ']';
}

}  // namespace

NetworkScope EventMaker::scope_of(std::string_view client) {
    if (client != last_client_) {
        last_client_ = client;
        last_scope_ = network_scope(client);
    }
    return last_scope_;
}

db::AccessEvent EventMaker::make(const Entry& entry) {
    db::AccessEvent event;
    write_list(forwarded_, entry.forwarded_for);
    event.time_ms = entry.time_ms.value_or(0);
    event.remote_addr = entry.remote_addr;
    event.forwarded_for = forwarded_;
    event.client_ip = client_of(entry.remote_addr, entry.forwarded_for, trusted_);
    event.network_scope = static_cast<int>(scope_of(event.client_ip));
    event.method = entry.method;
    event.uri = entry.uri;
    event.path = entry.path;
    event.status = entry.status;
    event.request_time_ms = entry.request_time_ms;
    event.body_bytes_sent = entry.body_bytes_sent;
    event.bytes_sent = entry.bytes_sent;
    event.api_key = entry.key_hint;
    event.key_id = entry.key_id;
    event.referer = entry.referer;
    event.user_agent = entry.user_agent;
    event.upstream_addr = entry.upstream_addr;
    event.upstream_status = entry.upstream_status;
    event.upstream_time_ms = entry.upstream_response_time_ms;
    event.flags = flags_of(entry);
    event.request_id = entry.request_id;
    event.user = entry.user;
    event.model = entry.model;
    event.service = entry.service;
    event.ttft_ms = entry.ttft_ms;
    event.tokens_in = entry.tokens_in;
    event.tokens_out = entry.tokens_out;
    return event;
}

}  // namespace aihub::accesslog
