// A reply whose form is the gateway's own: a translated one, or one that follows comments which the gateway
// has sent meanwhile. What the server says is read, turned into what the client asked for, and written.
#pragma once

#include <string>

#include "tools/aihub-serve/pipeline/exchange.hpp"
#include "tools/aihub-serve/pipeline/relay.hpp"
#include "tools/aihub-serve/translate/translation.hpp"

namespace aihub::serve {

struct Reshaped {
    RelayEnd end = RelayEnd::complete;
    std::string trouble;  // not empty: nothing has reached the client, and why; another server may be asked
};

// `translation` may be null: then the stream is passed on as it is, but for token counts that the gateway
// asked for.
net::Task<Reshaped> reshape(Exchange& x, net::Wire& server, const http::ResponseHead& response,
                            std::size_t head_size, Milliseconds idle_timeout,
                            translate::Translation* translation, bool asked_for_usage);

}  // namespace aihub::serve
