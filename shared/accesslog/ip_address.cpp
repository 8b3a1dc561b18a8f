#include "shared/accesslog/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "shared/base/strings.hpp"

namespace aihub::accesslog {
namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr unsigned mapped_bits = 96;

// One to three digits, no leading zero, at most 255; taken from the front of `text`. -1 for anything else.
int take_octet(std::string_view& text) {
    int value = 0;
    std::size_t size = 0;
    while (size < text.size() && size < 3 && text[size] >= '0' && text[size] <= '9')
        value = value * 10 + (text[size++] - '0');
    if (size == 0 || value > 255 || (size > 1 && text[0] == '0')) return -1;
    text.remove_prefix(size);
    return value;
}

std::optional<IpAddress> parse_v4(std::string_view text) {
    IpAddress address;
    address.v4 = true;
    std::copy(mapped_prefix.begin(), mapped_prefix.end(), address.bytes.begin());
    for (std::size_t i = mapped_prefix.size(); i < address.bytes.size(); ++i) {
        if (i > mapped_prefix.size()) {
            if (!text.starts_with('.')) return std::nullopt;
            text.remove_prefix(1);
        }
        int octet = take_octet(text);
        if (octet < 0) return std::nullopt;
        address.bytes[i] = static_cast<std::uint8_t>(octet);
    }
    return text.empty() ? std::optional(address) : std::nullopt;
}

std::optional<IpAddress> parse_v6(std::string_view text) {
    std::array<char, INET6_ADDRSTRLEN> copy{};
    text = text.substr(0, text.find('%'));
    if (text.size() >= copy.size() || text.find('\0') != text.npos) return std::nullopt;
    std::copy(text.begin(), text.end(), copy.begin());
    IpAddress address;
    if (::inet_pton(AF_INET6, copy.data(), address.bytes.data()) != 1) return std::nullopt;
    return address;
}

}  // namespace

std::optional<IpAddress> parse_ip(std::string_view text) {
    return text.find(':') == text.npos ? parse_v4(text) : parse_v6(text);
}

bool IpNetwork::contains(const IpAddress& address) const {
    std::size_t whole = bits / 8;
    if (std::memcmp(first.bytes.data(), address.bytes.data(), whole) != 0) return false;
    if (bits % 8 == 0) return true;
    unsigned mask = 0xFFU << (8 - bits % 8);
    return ((first.bytes[whole] ^ address.bytes[whole]) & mask) == 0;
}

std::optional<IpNetwork> parse_network(std::string_view text) {
    std::size_t slash = text.find('/');
    std::optional<IpAddress> address = parse_ip(text.substr(0, slash));
    if (!address) return std::nullopt;
    std::uint64_t most = address->v4 ? 32 : 128;
    std::optional<std::uint64_t> bits =
        slash == text.npos ? std::optional(most) : parse_unsigned(text.substr(slash + 1));
    if (!bits || *bits > most) return std::nullopt;
    return IpNetwork{*address, static_cast<unsigned>(*bits) + (address->v4 ? mapped_bits : 0)};
}

}  // namespace aihub::accesslog
