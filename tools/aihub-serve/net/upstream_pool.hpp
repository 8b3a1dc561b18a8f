// Connections of one loop to model servers, kept open between requests. An idle one is watched: when its
// server closes it, it is gone before anybody could pick it.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "shared/http/url.hpp"
#include "tools/aihub-serve/net/wire.hpp"

namespace aihub::net {

// Where a connection goes; lives as long as the catalogue that it is part of.
struct Target {
    http::Url url;
    std::string text;  // url.text(), for logs
    std::string
        pool_key;  // connections are shared by targets of the same key: never a checked and an unchecked one
    bool verify_tls = true;
    Milliseconds connect_timeout{5000};
};

class UpstreamPool {
public:
    explicit UpstreamPool(Loop& loop);

    struct Lease {
        WirePtr wire;  // null when no connection could be made
        bool reused = false;
        ErrorCode failed;
    };
    // A kept connection, or null.
    WirePtr take_idle(const Target& target);
    // A new one.
    Task<Lease> connect(const Target& target);
    // Takes back a connection on which a whole response was read; `now` in steady ms.
    void release(const Target& target, WirePtr wire, std::int64_t now);

    // Closes what was idle for too long; from the loop's tick.
    void sweep();
    void close_all();

private:
    struct Idle {
        WirePtr wire;
        std::int64_t since;
    };

    static void drop(std::vector<Idle>& kept, Wire* wire);
    Task<ErrorCode> resolve(const Target& target, std::vector<Endpoint>& endpoints);
    Task<ErrorCode> connect_socket(Socket& socket, Endpoint endpoint, Milliseconds timeout);

    Loop& loop_;
    std::unordered_map<std::string, std::vector<Idle>> idle_;
    asio::ssl::context tls_;
};

}  // namespace aihub::net
