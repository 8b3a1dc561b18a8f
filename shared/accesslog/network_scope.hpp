// From what kind of network an address is. Pure, any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "shared/accesslog/ip_address.hpp"

namespace aihub::accesslog {

// Stored by number: append only.
enum class NetworkScope : std::uint8_t { unknown, loopback, private_use, tailscale, reserved, global };

// `unknown` for what is no address: a host's name, "unix:".
NetworkScope network_scope(std::string_view address);
NetworkScope network_scope(const IpAddress& address);

// "Private" and so on.
std::string_view name(NetworkScope scope);

}  // namespace aihub::accesslog
