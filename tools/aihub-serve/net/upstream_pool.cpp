#include "tools/aihub-serve/net/upstream_pool.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>

namespace aihub::net {
namespace {

constexpr std::size_t most_idle = 256;  // a target
constexpr std::int64_t longest_idle_ms = 60'000;

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;
using Resolver = asio::ip::basic_resolver<asio::ip::tcp, Executor>;

}  // namespace

UpstreamPool::UpstreamPool(Loop& loop) : loop_(loop), tls_(asio::ssl::context::tls_client) {
    ErrorCode ignored;
    tls_.set_default_verify_paths(ignored);
}

WirePtr UpstreamPool::take_idle(const Target& target) {
    auto found = idle_.find(target.pool_key);
    if (found == idle_.end()) return nullptr;
    std::vector<Idle>& kept = found->second;
    while (!kept.empty()) {
        WirePtr wire =
            std::move(kept.back().wire);  // the newest: the least likely to be closed by its server
        kept.pop_back();
        wire->stop_watching();
        if (!wire->failure() && wire->pending().empty()) return wire;
        wire->close();
    }
    return nullptr;
}

Task<UpstreamPool::Lease> UpstreamPool::connect(const Target& target) {
    Lease lease;
    std::vector<Endpoint> endpoints;
    lease.failed = co_await resolve(target, endpoints);
    for (const Endpoint& endpoint : endpoints) {
        Socket socket(loop_.context());
        lease.failed = co_await connect_socket(socket, endpoint, target.connect_timeout);
        if (lease.failed) continue;
        auto wire = std::make_shared<Wire>(loop_, std::move(socket));
        if (target.url.tls)
            lease.failed =
                co_await wire->connect_tls(tls_, target.url.host, target.verify_tls, target.connect_timeout);
        if (!lease.failed) {
            lease.wire = std::move(wire);
            break;
        }
    }
    co_return lease;
}

Task<ErrorCode> UpstreamPool::resolve(const Target& target, std::vector<Endpoint>& endpoints) {
    ErrorCode failed;
    asio::ip::address address = asio::ip::make_address(target.url.host, failed);
    if (!failed) {
        endpoints.emplace_back(address, target.url.port);
        co_return ErrorCode{};
    }
    Resolver resolver(loop_.context());
    auto found = co_await resolver.async_resolve(target.url.host, std::to_string(target.url.port),
                                                 asio::redirect_error(awaiting, failed = {}));
    for (const auto& entry : found) endpoints.push_back(entry.endpoint());
    co_return failed;
}

Task<ErrorCode> UpstreamPool::connect_socket(Socket& socket, Endpoint endpoint, Milliseconds timeout) {
    bool late = false;
    Timer timer(loop_.context(), timeout);
    if (timeout.count() > 0) {
        timer.async_wait([&](ErrorCode cancelled) {
            if (cancelled) return;
            late = true;
            ErrorCode ignored;
            socket.cancel(ignored);
        });
    }
    ErrorCode failed;
    co_await socket.async_connect(endpoint, asio::redirect_error(awaiting, failed));
    // A timer that fired but did not run yet must not find this frame gone: when nothing is cancelled, wait
    // for it.
    bool running = timeout.count() > 0 && !late && timer.cancel() == 0;
    while (running && !late) co_await asio::post(loop_.context(), awaiting);
    if (late && failed) failed = asio::error::timed_out;
    co_return failed;
}

void UpstreamPool::release(const Target& target, WirePtr wire, std::int64_t now) {
    std::vector<Idle>& kept = idle_[target.pool_key];
    if (wire->failure() || !wire->pending().empty() || kept.size() >= most_idle) return wire->close();
    wire->shrink();
    wire->read_ahead([list = &kept, raw = wire.get()] { drop(*list, raw); });
    kept.push_back({std::move(wire), now});
}

void UpstreamPool::drop(std::vector<Idle>& kept, Wire* wire) {
    std::erase_if(kept, [wire](const Idle& idle) {
        if (idle.wire.get() != wire) return false;
        idle.wire->close();
        return true;
    });
}

void UpstreamPool::sweep() {
    std::int64_t oldest = steady_ms() - longest_idle_ms;
    for (auto& [key, kept] : idle_)
        std::erase_if(kept, [oldest](const Idle& idle) {
            if (idle.since > oldest) return false;
            idle.wire->close();
            return true;
        });
}

void UpstreamPool::close_all() {
    for (auto& [key, kept] : idle_)
        for (Idle& idle : kept) idle.wire->close();
    idle_.clear();
}

}  // namespace aihub::net
