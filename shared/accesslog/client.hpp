// Who the client is. X-Forwarded-For is what anybody may send; only a proxy that is trusted is believed about
// whom it has it from. Proxies append, so the list is read from its end. Pure, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/accesslog/ip_address.hpp"
#include "shared/base/result.hpp"

namespace aihub::accesslog {

class TrustedProxies {
public:
    TrustedProxies() = default;  // none: the client is who is connected
    // Networks and addresses, with commas between them; invalid_input names the one that is none.
    static Result<TrustedProxies> parse(std::string_view list);

    bool contains(const IpAddress& address) const;
    bool empty() const { return networks_.empty(); }

private:
    std::vector<IpNetwork> networks_;
};

// The last hop that is no trusted proxy, or the farthest trusted one where no sound address stands before it.
// A part of one of the texts: an address without port and brackets, IPv4 without "::ffff:".
std::string_view client_of(std::string_view remote_addr, std::string_view forwarded_for,
                           const TrustedProxies& trusted);

// Takes the last hop from the end of such a list.
std::string_view take_last_hop(std::string_view& forwarded_for);

// Whether every hop of the list is an address.
bool are_addresses(std::string_view forwarded_for);

}  // namespace aihub::accesslog
