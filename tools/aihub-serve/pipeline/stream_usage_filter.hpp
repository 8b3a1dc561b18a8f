// Takes out of a stream of OpenAI's chunks what is there only because the gateway asked for token counts: the
// chunk with the counts, and the member `usage` of the others. All other bytes stay as they came.
//
// A chunk is held back only while it is unfinished, and the one that ends a choice until the next has come:
// llama.cpp moves members of it (`timings`) into the chunk with the counts, from where they return; and a
// server that has no such chunk says its counts there unasked. One a reply, on its loop.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "tools/aihub-serve/pipeline/event_json.hpp"

namespace aihub::serve {

class StreamUsageFilter {
public:
    // An event over this passes as it is.
    static constexpr std::size_t largest_event = 256 * 1024;

    // What may go out by now; good until the next call, or for as long as `piece` is. `last`: nothing
    // follows. Nearly always `piece` itself.
    std::string_view feed(std::string_view piece, bool last = false);

private:
    bool passes(std::string_view piece) const;
    void take_events(bool last);
    void take_event(std::string event);
    void take_rest();
    void pass_large();
    void release_final();

    std::string held_;   // of an event that is not finished
    std::string final_;  // the event that ends a choice, while it waits for the next
    std::string out_;
    bool in_large_event_ = false;
};

}  // namespace aihub::serve
