#include "shared/config/address.hpp"

#include <arpa/inet.h>

#include <array>
#include <optional>

#include "shared/base/strings.hpp"

namespace aihub::config {
namespace {

bool is_address(int family, const std::string& host) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    bool whole = host.find('\0') == std::string::npos;  // inet_pton would read only what stands before it
    return whole && ::inet_pton(family, host.c_str(), bytes.data()) == 1;
}

Error not_an_address(std::string_view text) {
    return Error(ErrorCode::invalid_input, "not an address to listen on: \"" + printable(text) + "\"",
                 "write ADDRESS:PORT, such as 127.0.0.1:8080, 0.0.0.0:8080 or [::1]:8080");
}

// The host as the socket functions want it; nothing when it is no address.
std::optional<std::string> plain_host(std::string_view written) {
    if (written.empty()) return "0.0.0.0";
    if (iequals(written, "localhost")) return "127.0.0.1";
    bool bracketed = written.size() > 2 && written.front() == '[' && written.back() == ']';
    std::string host(bracketed ? written.substr(1, written.size() - 2) : written);
    if (!is_address(bracketed ? AF_INET6 : AF_INET, host)) return std::nullopt;
    return host;
}

}  // namespace

std::string Address::text() const {
    bool bracketed = host.find(':') != std::string::npos;
    return (bracketed ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Address> parse_address(std::string_view text) {
    std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return not_an_address(text);
    std::optional<std::uint64_t> port = parse_unsigned(text.substr(colon + 1));
    std::optional<std::string> host = plain_host(text.substr(0, colon));
    if (!host || !port || *port > 65535) return not_an_address(text);
    return Address{*host, static_cast<std::uint16_t>(*port)};
}

bool is_loopback(std::string_view host) {
    if (iequals(host, "localhost") || host == "::1") return true;
    return host.starts_with("127.") && is_address(AF_INET, std::string(host));
}

}  // namespace aihub::config
