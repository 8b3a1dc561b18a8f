#include "shared/accesslog/network_scope.hpp"

namespace aihub::accesslog {
namespace {

struct Row {
    IpNetwork network;
    NetworkScope scope;
};

constexpr Row v4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d, unsigned bits,
                 NetworkScope scope) {
    return {{ipv4(a << 24 | b << 16 | c << 8 | d), ipv4_prefix_bits + bits}, scope};
}

constexpr Row v6(std::uint64_t a, std::uint64_t b, std::uint64_t c, unsigned bits, NetworkScope scope) {
    return {{IpAddress{a << 48 | b << 32 | c << 16, 0, false}, bits}, scope};
}

using enum NetworkScope;

// The first row that holds an address counts. Documentation and test networks are Private: no such client
// comes from the Internet (IANA's registries of special-purpose addresses).
constexpr Row v4_rows[] = {
    v4(10, 0, 0, 0, 8, private_use),     v4(192, 168, 0, 0, 16, private_use),
    v4(172, 16, 0, 0, 12, private_use),  v4(127, 0, 0, 0, 8, loopback),
    v4(100, 64, 0, 0, 10, tailscale),    v4(0, 0, 0, 0, 8, private_use),
    v4(169, 254, 0, 0, 16, private_use), v4(192, 0, 0, 0, 29, private_use),
    v4(192, 0, 0, 170, 31, private_use), v4(192, 0, 2, 0, 24, private_use),
    v4(198, 18, 0, 0, 15, private_use),  v4(198, 51, 100, 0, 24, private_use),
    v4(203, 0, 113, 0, 24, private_use), v4(224, 0, 0, 0, 4, reserved),
    v4(240, 0, 0, 0, 4, private_use),
};

// Global unicast is 2000::/3; what lies outside and is not named here is reserved (RFC 4291 2.4).
constexpr Row v6_rows[] = {
    v6(0xFD7A, 0x115C, 0xA1E0, 48, tailscale),
    v6(0xFC00, 0, 0, 7, private_use),
    v6(0xFE80, 0, 0, 10, private_use),
    v6(0x2001, 0xDB8, 0, 32, private_use),
    v6(0x2001, 0x10, 0, 28, private_use),
    v6(0x2001, 0, 0, 23, private_use),
    v6(0x2000, 0, 0, 3, global),
    v6(0xFEC0, 0, 0, 10, private_use),
    v6(0x100, 0, 0, 64, private_use),
};

template <std::size_t Count>
NetworkScope find(const Row (&rows)[Count], const IpAddress& address, NetworkScope otherwise) {
    for (const Row& row : rows)
        if (row.network.contains(address)) return row.scope;
    return otherwise;
}

// ::, ::1 and what IPv6 maps from IPv4 are single cases at the start of a reserved network.
NetworkScope scope_of_v6(const IpAddress& address) {
    constexpr IpNetwork mapped{ipv4(0), ipv4_prefix_bits};
    if (mapped.contains(address)) return private_use;
    if (address.high == 0 && address.low == 1) return loopback;
    if (address.high == 0 && address.low == 0) return private_use;
    return find(v6_rows, address, reserved);
}

}  // namespace

NetworkScope network_scope(const IpAddress& address) {
    return address.v4 ? find(v4_rows, address, global) : scope_of_v6(address);
}

NetworkScope network_scope(std::string_view address) {
    std::optional<IpAddress> parsed = parse_ip(address);
    return parsed ? network_scope(*parsed) : unknown;
}

std::string_view name(NetworkScope scope) {
    switch (scope) {
        case unknown:
            return "Unknown";
        case loopback:
            return "Loopback";
        case private_use:
            return "Private";
        case tailscale:
            return "Tailscale";
        case reserved:
            return "Reserved";
        case global:
            return "Public";
    }
    __builtin_unreachable();
}

}  // namespace aihub::accesslog
