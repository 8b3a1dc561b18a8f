// Writes the events of a stream to a client for as long as both last.
#pragma once

#include "tools/aihub-serve/pipeline/exchange.hpp"
#include "tools/aihub-serve/streams/resumable_stream.hpp"

namespace aihub::serve {

// `head`: all of it but what belongs to the connection. `taker` has its seat in the stream, and leaves it.
net::Task<void> deliver(Exchange& x, std::shared_ptr<ResumableStream> stream, std::shared_ptr<Side> taker,
                        std::string head);

}  // namespace aihub::serve
