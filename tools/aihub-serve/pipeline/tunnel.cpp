// tunnel: after `101 Switching Protocols` (WebSocket and others) the gateway carries bytes and reads none of
// them.
#include "tools/aihub-serve/net/spawn.hpp"
#include "tools/aihub-serve/pipeline/heads.hpp"
#include "tools/aihub-serve/pipeline/relay.hpp"

namespace aihub::serve {
namespace {

// Carries one direction until its source ends; then both connections end, which ends the other direction.
net::Task<void> carry(net::Wire& from, net::Wire& to, std::uint64_t& count) {
    net::ErrorCode failed;
    while (!failed) {
        std::string_view piece = from.pending();
        if (!piece.empty()) {
            failed = co_await to.write(piece);
            count += piece.size();
            from.consume(piece.size());
        } else {
            failed = co_await from.more(Milliseconds(0));
        }
    }
    from.fail(boost::asio::error::eof);
    to.fail(boost::asio::error::eof);
}

}  // namespace

net::Task<void> tunnel(Exchange& x, net::Wire& upstream, const http::ResponseHead& response,
                       std::size_t head_size) {
    x.keep_alive = false;
    x.answering = true;
    std::string head = client_head(x, response, false);
    upstream.consume(head_size);
    net::ErrorCode failed = co_await x.client.write(head);
    if (failed) co_return;
    std::uint64_t from_client = 0;
    net::Event upward_ended;
    bool ended = false;
    net::spawn(x.worker.loop, carry(x.client, upstream, from_client), [&](bool) {
        ended = true;
        upward_ended.fire();
    });
    co_await carry(upstream, x.client, x.body_bytes_sent);
    if (!ended) co_await upward_ended.wait();
}

}  // namespace aihub::serve
