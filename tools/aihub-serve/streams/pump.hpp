// Fills a stream from a reply, whether somebody listens or not: ends when the reply does, or the stream.
#pragma once

#include "tools/aihub-serve/pipeline/dialect.hpp"
#include "tools/aihub-serve/streams/reply_decoder.hpp"
#include "tools/aihub-serve/streams/resumable_stream.hpp"

namespace aihub::serve {

// `reply`: with the body at the front of what is pending. `pump`: the side that the stream knows. On the loop
// of both. Reads no more while the stream has no room.
net::Task<void> pump_events(std::shared_ptr<ResumableStream> stream, net::WirePtr reply,
                            std::shared_ptr<Side> pump, ReplyDecoder decoder, Dialect dialect);

}  // namespace aihub::serve
