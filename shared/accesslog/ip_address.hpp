// IPv4 and IPv6 addresses and networks, from text. Nothing is allocated. Pure, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace aihub::accesslog {

// Its bits as a number, in two halves. IPv4 stands as IPv6 maps it (RFC 4291 2.5.5.2), so that one comparison
// does for both.
struct IpAddress {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    bool v4 = false;  // whether it was written as IPv4
};

// Nothing for what is no address; a zone ("%eth0") is passed over.
std::optional<IpAddress> parse_ip(std::string_view text);

struct IpNetwork {
    IpAddress first;
    unsigned bits = 0;  // of 128

    constexpr bool contains(const IpAddress& address) const {
        if (bits == 0) return true;
        if (bits <= 64) return (first.high ^ address.high) >> (64 - bits) == 0;
        return first.high == address.high && (first.low ^ address.low) >> (128 - bits) == 0;
    }
};

constexpr IpAddress ipv4(std::uint32_t number) {
    return {0, std::uint64_t{0xFFFF} << 32 | number, true};
}
inline constexpr unsigned ipv4_prefix_bits = 96;

// "10.0.0.0/8", "fd00::/8", or one address. Bits behind the prefix do not count.
std::optional<IpNetwork> parse_network(std::string_view text);

}  // namespace aihub::accesslog
