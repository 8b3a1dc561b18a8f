// The heads that the gateway writes: a request as the server gets it, a reply as the client gets it. Header
// lines travel byte for byte and in their order; only what concerns a single hop, or holds the gateway's key,
// is left out.
#pragma once

#include <string>

#include "tools/aihub-serve/pipeline/exchange.hpp"

namespace aihub::serve {

// `Host` names the server, as it would if the client had asked it directly: Ollama refuses names that it does
// not know.
std::string upstream_head(const Exchange& x, const Upstream& upstream);

// `chunked`: the body goes out in the chunked coding, whatever way it came.
std::string client_head(const Exchange& x, const http::ResponseHead& response, bool chunked);

// An interim reply (1xx) to be passed on.
std::string interim_head(const http::ResponseHead& response);

}  // namespace aihub::serve
