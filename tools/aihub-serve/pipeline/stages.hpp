// The stages of a request, in the order in which the gateway runs them; one file a stage.
#pragma once

#include <optional>
#include <vector>

#include "tools/aihub-serve/pipeline/exchange.hpp"
#include "tools/aihub-serve/pipeline/outgoing_body.hpp"
#include "tools/aihub-serve/services/choice.hpp"

namespace aihub::serve {

// Which room the path belongs to, and in which dialect its errors are worded.
void locate(Exchange& x);

// Who calls. Nothing when the caller may go on, else the refusal.
std::optional<Problem> identify(Exchange& x);

// Whether limits, balance and budget let the caller make one more request; takes what it needs of them.
// Nothing when it may go on. And the same of the model that it wants, once that is known: candidates that the
// key may not use are dropped.
std::optional<Refusal> admit(Exchange& x);
std::optional<Refusal> admit_model(Exchange& x, Candidates& candidates);

// The servers that can take the request, by prefix or by the model that the body names; reads as much of the
// body as it takes to know. Nothing in `candidates` when it has answered (refused) by itself.
net::Task<void> route(Exchange& x, OutgoingBody& body, Candidates& candidates);

// Sends the request to the first candidate that answers and relays the reply.
net::Task<void> forward(Exchange& x, OutgoingBody& body, Candidates candidates);

}  // namespace aihub::serve
