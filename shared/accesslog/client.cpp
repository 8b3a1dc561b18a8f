#include "shared/accesslog/client.hpp"

#include "shared/base/strings.hpp"

namespace aihub::accesslog {
namespace {

// "[::1]:80" and "10.0.0.1:80" without brackets and port; in an address of IPv6 without brackets no port is
// told from the rest.
std::string_view without_port(std::string_view hop) {
    if (hop.starts_with('[')) return hop.substr(1, std::min(hop.find(']'), hop.size()) - 1);
    std::size_t colon = hop.find(':');
    bool only_one = colon != hop.npos && hop.find(':', colon + 1) == hop.npos;
    return only_one ? hop.substr(0, colon) : hop;
}

// One client is one text, whether the listener is of IPv4 or of both.
std::string_view without_mapping(std::string_view address) {
    constexpr std::string_view mapped = "::ffff:";
    bool dotted = address.find('.') != address.npos;
    return dotted && istarts_with(address, mapped) ? address.substr(mapped.size()) : address;
}

std::string_view plain(std::string_view hop) {
    return without_mapping(without_port(trim(hop)));
}

}  // namespace

Result<TrustedProxies> TrustedProxies::parse(std::string_view list) {
    TrustedProxies proxies;
    for (const std::string& text : split_list(list)) {
        std::optional<IpNetwork> network = parse_network(text);
        if (!network)
            return Error(ErrorCode::invalid_input, "\"" + printable(text) + "\" is no address and no network",
                         "write networks like 10.0.0.0/8 or fd00::/8, with commas between them");
        proxies.networks_.push_back(*network);
    }
    return proxies;
}

bool TrustedProxies::contains(const IpAddress& address) const {
    for (const IpNetwork& network : networks_)
        if (network.contains(address)) return true;
    return false;
}

std::string_view take_last_hop(std::string_view& forwarded_for) {
    std::size_t comma = forwarded_for.rfind(',');
    std::string_view hop = comma == forwarded_for.npos ? forwarded_for : forwarded_for.substr(comma + 1);
    forwarded_for = forwarded_for.substr(0, comma == forwarded_for.npos ? 0 : comma);
    return trim(hop);
}

std::string_view client_of(std::string_view remote_addr, std::string_view forwarded_for,
                           const TrustedProxies& trusted) {
    std::string_view client = without_mapping(remote_addr);
    if (trusted.empty() || forwarded_for.empty()) return client;
    std::optional<IpAddress> address = parse_ip(client);
    while (address && !forwarded_for.empty() && trusted.contains(*address)) {
        std::string_view hop = plain(take_last_hop(forwarded_for));
        address = parse_ip(hop);
        if (address) client = hop;
    }
    return client;
}

bool are_addresses(std::string_view forwarded_for) {
    while (!forwarded_for.empty())
        if (!parse_ip(plain(take_last_hop(forwarded_for)))) return false;
    return true;
}

}  // namespace aihub::accesslog
