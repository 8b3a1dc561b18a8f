// The body of a request as it arrives: decoded, checked and limited, a piece at a time. One a request, on its
// loop.
#pragma once

#include <cstdint>
#include <string_view>

#include "shared/http/chunked.hpp"
#include "shared/http/head.hpp"
#include "tools/aihub-serve/net/wire.hpp"

namespace aihub::net {

enum class BodyStep {
    piece,      // some bytes
    end,        // there are no more; trailers() is complete
    too_large,  // more than the limit
    malformed,  // chunk framing that two parsers could read differently
    timed_out,  // the client fell silent
    gone,       // the client left
    lost,       // what was kept of it cannot be had again: the disk failed
};

class RequestBody {
public:
    explicit RequestBody(Wire& client) : client_(client) {}

    // `limit` in bytes; `timeout` is the longest silence.
    void open(const http::RequestHead& head, std::uint64_t limit, Milliseconds timeout);

    // The next piece, good until the next call. The first call answers `Expect: 100-continue`.
    Task<BodyStep> next(std::string_view& piece);

    bool ended() const { return ended_; }
    // True while a byte of the body may be read, or be on its way to us.
    bool started() const { return started_; }
    const std::string& trailers() const { return decoder_.trailers(); }

private:
    Task<BodyStep> next_of_length(std::string_view& piece);
    Task<BodyStep> next_chunk(std::string_view& piece);
    Task<BodyStep> wait_for_bytes();
    BodyStep finish();

    Wire& client_;
    http::Framing framing_ = http::Framing::none;
    http::ChunkDecoder decoder_;
    std::uint64_t left_ = 0;
    std::uint64_t limit_ = 0;
    std::uint64_t taken_ = 0;
    std::size_t in_hand_ = 0;  // bytes of the last piece, consumed at the next call
    Milliseconds timeout_{0};
    bool expects_continue_ = false;
    bool started_ = false;
    bool ended_ = false;
};

}  // namespace aihub::net
