// A request line as logs quote it, "GET /path HTTP/1.1". Pure, any thread.
#pragma once

#include <string_view>

namespace aihub::accesslog {

struct RequestLine {
    std::string_view method;
    std::string_view uri;
};

// What is no request line (bytes of a TLS handshake, a lone path) has no method, and all of it is the uri.
RequestLine split_request_line(std::string_view text);

}  // namespace aihub::accesslog
