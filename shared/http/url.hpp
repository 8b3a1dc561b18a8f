// Base URLs of services: http(s)://host[:port][/path]. Pure, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "shared/base/result.hpp"

namespace aihub::http {

struct Url {
    bool tls = false;
    std::string host;  // without brackets
    std::uint16_t port = 0;
    std::string path;       // without a slash at its end; empty for the root
    std::string authority;  // as a Host header wants it: "[::1]:8080", "host" for a default port

    std::string text() const;  // scheme://authority/path
};

// invalid_input with a sentence when it is anything else (another scheme, user info, a query, no host, a bad
// port).
Result<Url> parse_url(std::string_view text);

}  // namespace aihub::http
