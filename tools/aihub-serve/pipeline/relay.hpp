// The reply on its way back: read a piece from the server, write it to the client, then read the next. One
// buffer, no queue: a client that reads slowly slows its server down.
#pragma once

#include <optional>

#include "tools/aihub-serve/pipeline/exchange.hpp"

namespace aihub::serve {

enum class RelayEnd {
    complete,      // the whole reply has gone out
    server_broke,  // the server left in the middle; the client has been told in its dialect
    client_left,   // nobody listens any more
};

// `response` is the final head, still pending in `upstream` as its first `head_size` bytes.
// `asked_for_usage`: the gateway asked for token counts, of which the client is to see nothing.
net::Task<RelayEnd> relay(Exchange& x, net::Wire& upstream, const http::ResponseHead& response,
                          std::size_t head_size, Milliseconds idle_timeout, bool asked_for_usage);

// Of which API a server's reply is, if it is one that costs tokens.
std::optional<translate::Api> counted_api(const Exchange& x, int status);

// After 101: bytes both ways until one side ends.
net::Task<void> tunnel(Exchange& x, net::Wire& upstream, const http::ResponseHead& response,
                       std::size_t head_size);

}  // namespace aihub::serve
