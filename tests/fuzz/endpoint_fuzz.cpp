// Addresses to listen on: what the gateway binds is what the settings accepted, and what was written is read
// as the same.
#include "shared/config/address.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tools/aihub-serve/net/listener.hpp"

using aihub::fuzz::require;
using aihub::net::Endpoint;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string text(aihub::fuzz::text_of(data, size));
    aihub::Result<Endpoint> endpoint = aihub::net::parse_endpoint(text);
    if (endpoint) {
        aihub::Result<Endpoint> again = aihub::net::parse_endpoint(aihub::net::to_text(*endpoint));
        require(again.has_value() && *again == *endpoint, "an address that was written is the same");
    } else {
        require(endpoint.error().message.find('\n') == std::string::npos, "a mistake is one line");
    }
    aihub::Result<aihub::config::Address> address = aihub::config::parse_address(text);
    if (!address) return 0;
    aihub::Result<Endpoint> bound = aihub::net::parse_endpoint(address->text());
    require(bound.has_value(), "what the settings accept can be bound");
    require(bound->port() == address->port, "the port is the one of the settings");
    return 0;
}
