// A small blocking HTTP client, for asking servers small things, whatever they answer: time, head and body
// are limited as a whole. Any thread, but never a loop's: only looking up a name can outlast the timeout.
#pragma once

#include <stop_token>
#include <string>

#include "shared/base/result.hpp"
#include "shared/base/units.hpp"
#include "shared/http/url.hpp"

namespace aihub::http {

struct ClientRequest {
    Url base;
    std::string path;            // below the base: "/v1/models"
    std::string bearer;          // sent as `Authorization: Bearer`; may be empty
    Milliseconds timeout{5000};  // from the first look-up to the last byte
    bool verify_tls = true;
    std::size_t largest_reply = 16 * 1024 * 1024;  // of the body
    std::stop_token called_off;                    // ends the request early
};

struct ClientReply {
    int status = 0;
    std::string body;
};

// unavailable when no whole reply came in time; any status is a reply.
Result<ClientReply> get(const ClientRequest& request);
Result<ClientReply> post_json(const ClientRequest& request, std::string body);
// Whether the server takes a connection, to the end of its TLS handshake; unavailable when it does not in
// time.
Result<void> reach(const ClientRequest& request);

}  // namespace aihub::http
