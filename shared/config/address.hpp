// Addresses to listen on, as people write them: "127.0.0.1:8080", "[::1]:8080", "localhost:0", ":8080". Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "shared/base/result.hpp"

namespace aihub::config {

struct Address {
    std::string host;  // an IP address, without brackets
    std::uint16_t port = 0;

    std::string text() const;  // "127.0.0.1:8080", "[::1]:8080"
};

// invalid_input for anything but an IP address (or localhost) and a port.
Result<Address> parse_address(std::string_view text);

// True when only this machine can reach it: 127.0.0.0/8, ::1, localhost.
bool is_loopback(std::string_view host);

}  // namespace aihub::config
