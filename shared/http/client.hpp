// A small blocking HTTP client, for asking servers small things. Any thread, but never a loop's.
#pragma once

#include <string>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/base/units.hpp"
#include "shared/http/url.hpp"

namespace aihub::http {

struct ClientRequest {
    Url base;
    std::string path;    // below the base: "/v1/models"
    std::string bearer;  // sent as `Authorization: Bearer`; may be empty
    Milliseconds timeout{5000};
    bool verify_tls = true;
    std::size_t largest_reply = 16 * 1024 * 1024;
};

struct ClientReply {
    int status = 0;
    std::string body;
};

// unavailable when no reply came in time; any status is a reply.
Result<ClientReply> get(const ClientRequest& request);

}  // namespace aihub::http
