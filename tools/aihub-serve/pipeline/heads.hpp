// The heads that the gateway writes: a request as the server gets it, a reply as the client gets it. Header
// lines travel byte for byte and in their order; only what concerns a single hop, or holds the gateway's key,
// is left out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tools/aihub-serve/pipeline/exchange.hpp"

namespace aihub::serve {

// A request body that is not the one that came.
struct ChangedBody {
    std::optional<std::uint64_t> length;  // its own; else framed as it came
    bool translated = false;              // JSON of another API, and the reply has to be readable
    bool asks_for_usage = false;          // the reply has to be readable as well
};

// `Host` names the server, as it would if the client had asked it directly: Ollama refuses names that it does
// not know.
std::string upstream_head(const Exchange& x, const Upstream& upstream, std::string_view target,
                          const ChangedBody& body = {});

// `chunked`: the body goes out in the chunked coding, whatever way it came; `length_holds`: it is as long as
// it came.
std::string client_head(const Exchange& x, const http::ResponseHead& response, bool chunked,
                        bool length_holds = true);

// Of a stream that the gateway begins by itself.
std::string own_stream_head(const Exchange& x, std::string_view content_type, bool chunked);

// Which server answered and why it was chosen, with the gateway's own share of the time so far: header lines.
std::string route_headers(const Exchange& x);

// An interim reply (1xx) to be passed on.
std::string interim_head(const http::ResponseHead& response);

}  // namespace aihub::serve
