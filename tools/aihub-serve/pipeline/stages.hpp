// The stages of a request, in the order in which the gateway runs them; one file a stage.
#pragma once

#include <optional>
#include <vector>

#include "tools/aihub-serve/pipeline/exchange.hpp"
#include "tools/aihub-serve/pipeline/outgoing_body.hpp"

namespace aihub::serve {

// Which room the path belongs to, and in which dialect its errors are worded.
void locate(Exchange& x);

// Who calls. Nothing when the caller may go on, else the refusal.
std::optional<Problem> identify(Exchange& x);

// Servers to try, in order.
using Candidates = std::vector<const Upstream*>;

// The servers that can take the request, by prefix or by the model that the body names; reads as much of the
// body as it takes to know. Nothing in `candidates` when it has answered (refused) by itself.
net::Task<void> route(Exchange& x, OutgoingBody& body, Candidates& candidates);

// Sends the request to the first candidate that answers and relays the reply.
net::Task<void> forward(Exchange& x, OutgoingBody& body, Candidates candidates);

// Puts `candidates` into the order in which they are tried: servers that answer before servers that are down,
// then the least busy by weight.
void order_candidates(Candidates& candidates);

}  // namespace aihub::serve
