// IPv4 and IPv6 addresses and networks, from text and back out of no memory. Pure, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace aihub::accesslog {

// In the order of the network. IPv4 stands as IPv6 maps it (RFC 4291 2.5.5.2), so that one comparison does
// for both.
struct IpAddress {
    std::array<std::uint8_t, 16> bytes{};
    bool v4 = false;  // whether it was written as IPv4
};

// Nothing for what is no address; a zone ("%eth0") is passed over.
std::optional<IpAddress> parse_ip(std::string_view text);

struct IpNetwork {
    IpAddress first;
    unsigned bits = 0;  // of 128

    bool contains(const IpAddress& address) const;
};

// "10.0.0.0/8", "fd00::/8", or one address. Bits behind the prefix do not count.
std::optional<IpNetwork> parse_network(std::string_view text);

}  // namespace aihub::accesslog
