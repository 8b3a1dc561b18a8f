// Which of the servers that can take a request gets it, and who is next if it fails. Reads what is known of
// them at the moment; changes nothing but the claim of a trial. Any thread, no lock.
#pragma once

#include <cstdint>

#include "tools/aihub-serve/services/candidate.hpp"
#include "tools/aihub-serve/services/strategy.hpp"

namespace aihub::serve {

struct ChoiceHints {
    std::uint64_t conversation = 0;                   // hash (conversation.hpp); 0: none
    std::uint64_t turn = 0;                           // of the model's counter: one more with each request
    Strategy fallback = Strategy::least_outstanding;  // for servers of no group
    const GroupStrategies* groups = nullptr;
};

// Puts `candidates` into the order in which they are tried: a server that may be back first (its `trial` is
// set, and must be given back when it is not made), then those that answer before those that are down, those
// with room before those that are full, then by priority, those that speak the client's API before those that
// need a translation; equals as the strategy of the first one's group says.
void order_candidates(Candidates& candidates, const ChoiceHints& hints);

// For a request that ends without having tried whether a server is back.
void give_back_trials(Candidates& candidates);

// Whether the server has room for one more request at this moment, and nobody waits for it.
bool has_room(const Upstream& upstream);

}  // namespace aihub::serve
