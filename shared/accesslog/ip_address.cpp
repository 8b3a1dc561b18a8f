#include "shared/accesslog/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "shared/base/strings.hpp"

namespace aihub::accesslog {
namespace {

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
    std::uint32_t number = 0;
    for (int i = 0; i < 4; ++i) {
        if (i > 0) {
            if (!text.starts_with('.')) return std::nullopt;
            text.remove_prefix(1);
        }
        int octet = take_octet(text);
        if (octet < 0) return std::nullopt;
        number = number << 8 | static_cast<std::uint32_t>(octet);
    }
    return text.empty() ? std::optional(ipv4(number)) : std::nullopt;
}

std::uint64_t half(const std::uint8_t* bytes) {
    std::uint64_t number = 0;
    for (int i = 0; i < 8; ++i) number = number << 8 | bytes[i];
    return number;
}

std::optional<IpAddress> parse_v6(std::string_view text) {
    std::array<char, INET6_ADDRSTRLEN> copy{};
    text = text.substr(0, text.find('%'));
    if (text.size() >= copy.size() || text.find('\0') != text.npos) return std::nullopt;
    std::copy(text.begin(), text.end(), copy.begin());
    std::array<std::uint8_t, 16> bytes;
    if (::inet_pton(AF_INET6, copy.data(), bytes.data()) != 1) return std::nullopt;
    return IpAddress{half(bytes.data()), half(bytes.data() + 8), false};
}

}  // namespace

std::optional<IpAddress> parse_ip(std::string_view text) {
    return text.find(':') == text.npos ? parse_v4(text) : parse_v6(text);
}

std::optional<IpNetwork> parse_network(std::string_view text) {
    std::size_t slash = text.find('/');
    std::optional<IpAddress> address = parse_ip(text.substr(0, slash));
    if (!address) return std::nullopt;
    std::uint64_t most = address->v4 ? 32 : 128;
    std::optional<std::uint64_t> bits =
        slash == text.npos ? std::optional(most) : parse_unsigned(text.substr(slash + 1));
    if (!bits || *bits > most) return std::nullopt;
    return IpNetwork{*address, static_cast<unsigned>(*bits) + (address->v4 ? ipv4_prefix_bits : 0)};
}

}  // namespace aihub::accesslog
