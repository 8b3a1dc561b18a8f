#include "tools/aihub-serve/listening.hpp"

namespace aihub::serve {
namespace {

// A taken port is noticed, but for one that we inherit at another address.
Result<void> bind(net::ListeningAddress& address, std::size_t sockets, const Inheritance* inheritance) {
    unsigned port = address.endpoint.port();
    bool known = !address.sockets.empty() || port == 0 || (inheritance && inheritance->has_port(port));
    if (!known)
        if (Result<void> unused = net::check_unused(address.endpoint); !unused) return unused;
    return net::bind_sockets(address, sockets);
}

}  // namespace

Result<std::vector<net::ListeningAddress>> bind_addresses(const std::vector<std::string>& asked,
                                                          std::size_t sockets, Inheritance* inheritance) {
    std::vector<net::ListeningAddress> addresses;
    for (const std::string& each : asked) {
        Result<net::Endpoint> endpoint = net::parse_endpoint(each);
        if (!endpoint) return endpoint.error();
        net::ListeningAddress address;
        if (inheritance) address = inheritance->pick(each, *endpoint);
        if (address.sockets.empty()) address.endpoint = *endpoint;
        address.asked = each;
        Result<void> bound = bind(address, sockets, inheritance);
        if (bound && !inheritance) bound = net::begin_listening(address);
        if (!bound) return bound.error();
        addresses.push_back(std::move(address));
    }
    return addresses;
}

Result<void> deal(const std::vector<net::ListeningAddress>& addresses,
                  const std::vector<std::unique_ptr<LoopRunner>>& loops) {
    for (const net::ListeningAddress& address : addresses) {
        auto shares = net::deal_sockets(address.sockets.size(), loops.size());
        for (std::size_t i = 0; i < loops.size(); ++i)
            for (std::size_t share : shares[i]) {
                int socket = address.sockets[share].get();
                Result<net::Acceptor> acceptor = net::acceptor_on(loops[i]->loop(), address.endpoint, socket);
                if (!acceptor) return acceptor.error();
                loops[i]->add_listener(std::move(*acceptor));
            }
    }
    return {};
}

void retire(const std::vector<net::ListeningAddress>& unwanted, LoopRunner& runner) {
    for (const net::ListeningAddress& address : unwanted)
        for (const UniqueFd& socket : address.sockets) {
            Result<net::Acceptor> acceptor = net::acceptor_on(runner.loop(), address.endpoint, socket.get());
            if (acceptor) runner.retire(std::move(*acceptor));
        }
}

}  // namespace aihub::serve
