// Streams for clients that may lose their connection: opened by a request with `X-Aihub-Resume: on`, taken up
// again by the id of the last event that came. One a process; runs on the loop of each request.
#pragma once

#include <optional>
#include <string_view>

#include "tools/aihub-serve/pipeline/gateway.hpp"
#include "tools/aihub-serve/streams/stream_store.hpp"

namespace aihub::serve {

class Resume : public Detour {
public:
    explicit Resume(StreamStore& store) : store_(store) {}

    // Requests at the root that ask for it.
    bool wants(const Exchange& x) const override;
    net::Task<void> take(Exchange& x) override;

private:
    net::Task<void> start(Exchange& x);

    StreamStore& store_;
};

Owner owner_of(const Exchange& x);

// The stream, when the caller may know of it: one's own, for an admin any. Else null.
StreamStore::StreamPtr find_stream(StreamStore& store, const Exchange& x, std::string_view id);
Problem no_such_stream();

// "STREAM:NUMBER", as events bear it.
struct EventId {
    std::string_view stream;
    std::uint64_t number = 0;
};
std::optional<EventId> parse_event_id(std::string_view text);

// Answers with the events after that number (none: from the oldest that is kept), and goes on from there.
net::Task<void> take_up(StreamStore& store, Exchange& x, std::string_view id,
                        std::optional<std::uint64_t> after);

}  // namespace aihub::serve
