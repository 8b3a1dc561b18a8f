// The body of a server's reply as it arrives, whatever its framing: decoded, a piece at a time. For replies
// that the gateway reads itself; those that it passes on take the shorter way through relay.
#pragma once

#include <string>
#include <string_view>

#include "shared/http/chunked.hpp"
#include "shared/http/head.hpp"
#include "tools/aihub-serve/pipeline/exchange.hpp"

namespace aihub::serve {

class ReplyBody {
public:
    enum class Step { piece, end, broken, silent };

    // The head, still pending in `server` as its first `head_size` bytes, is consumed.
    ReplyBody(Exchange& x, net::Wire& server, const http::ResponseHead& head, std::size_t head_size,
              Milliseconds idle_timeout);

    // The next piece, good until the next call. `may_comment`: what the client has does not end within an
    // event.
    net::Task<Step> next(std::string_view& piece, bool may_comment = true);
    // All of it, `limit` bytes at most: beyond that it counts as broken.
    net::Task<Step> collect(std::string& text, std::size_t limit);

private:
    Step take(std::string_view& piece);
    Step take_chunk(std::string_view& piece);

    Exchange& x_;
    net::Wire& server_;
    http::Framing framing_;
    std::uint64_t left_;
    Milliseconds idle_timeout_;
    http::ChunkDecoder decoder_;
    std::size_t in_hand_ = 0;  // bytes of the last piece with its framing, consumed at the next call
};

}  // namespace aihub::serve
