// Comments for clients of server-sent events while their model is silent: something in the middle (a proxy, a
// load balancer) would cut a connection on which nothing moves. From a few seconds of silence on, also before
// the server has answered at all; then the reply's head is the gateway's own, its status 200, and what the
// server says later follows it.
#pragma once

#include <functional>

#include "tools/aihub-serve/pipeline/event_end.hpp"
#include "tools/aihub-serve/pipeline/exchange.hpp"

namespace aihub::serve {

// Waits for bytes of the server, `patience` at most (0: as long as it takes), and has a comment written after
// every `interval` of silence (0: never). operation_aborted: a comment could not be written.
net::Task<net::ErrorCode> more_with_comments(net::Wire& server, Milliseconds patience, Milliseconds interval,
                                             std::function<net::Task<net::ErrorCode>()> write);

// The same in two steps, for paths where a coroutine of its own would be felt: the first wait, as long as
// until_comment(), is nearly always enough; when nothing came, outlast_silence() goes on from there.
inline bool is_comment_first(Milliseconds patience, Milliseconds interval) {
    return interval.count() > 0 && (patience.count() == 0 || interval < patience);
}
inline Milliseconds until_comment(Milliseconds patience, Milliseconds interval) {
    return is_comment_first(patience, interval) ? interval : patience;
}
net::Task<net::ErrorCode> outlast_silence(net::Wire& server, Milliseconds patience, Milliseconds interval,
                                          std::function<net::Task<net::ErrorCode>()> write);

// The same for a reply that may not have begun: with the first comment it begins, if the client wants a
// stream of events. From the loop's thread; x.begun tells.
net::Task<net::ErrorCode> await_server(Exchange& x, net::Wire& server, Milliseconds patience);

// The silence after which a comment is due; 0: this client gets none.
Milliseconds comment_interval(const Exchange& x);
// The comment itself: Anthropic's clients know `ping` events.
std::string_view comment_of(const Exchange& x);
// The same for who waits in a queue; as text that a comment may hold beside it.
std::string comment_of_place(const Exchange& x, std::size_t place, std::size_t of);

// Into a stream that the gateway itself begins. A client that does not take it is gone: x.client_gone.
net::Task<net::ErrorCode> write_comment(Exchange& x, std::string comment);

// Writes the head of a stream that the gateway itself begins (once), then `payload` in its framing.
net::Task<net::ErrorCode> write_event_stream(Exchange& x, std::string_view content_type,
                                             std::string_view payload, bool last);

}  // namespace aihub::serve
