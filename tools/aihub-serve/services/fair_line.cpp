#include "tools/aihub-serve/services/fair_line.hpp"

#include <algorithm>

namespace aihub::serve {
namespace {

bool can_use(const Ticket& ticket, const UpstreamState& server) {
    return std::any_of(ticket.servers.begin(), ticket.servers.end(),
                       [&](const auto& each) { return each.get() == &server; });
}

void append(std::vector<Ticket*>& tickets, const std::list<TicketPtr>& waiting) {
    for (const TicketPtr& ticket : waiting) tickets.push_back(ticket.get());
}

// A turn of a user among those of whom the heaviest weighs `heaviest`; true when it pays for a request. What
// is left stays below the price, also when that has just fallen.
bool take_turn(std::uint64_t& credit, unsigned weight, unsigned heaviest) {
    credit += weight;
    if (credit < heaviest) return false;
    credit = std::min<std::uint64_t>(credit - heaviest, heaviest - 1);
    return true;
}

// What is left of a user's line while the order is foretold.
struct Rest {
    unsigned weight;
    std::uint64_t credit;
    std::list<TicketPtr>::const_iterator next;
    std::list<TicketPtr>::const_iterator end;
};

unsigned heaviest_of(const std::vector<Rest>& rests) {
    unsigned heaviest = 1;
    for (const Rest& rest : rests) heaviest = std::max(heaviest, rest.weight);
    return heaviest;
}

}  // namespace

void FairLine::add(TicketPtr ticket) {
    auto [found, fresh] = users_.try_emplace(ticket->user);
    if (fresh) found->second = ring_.insert(ring_.end(), User{ticket->user, 1, 0, {}});
    User& user = *found->second;
    user.weight = std::max(1U, ticket->weight);
    auto behind = user.waiting.end();
    while (behind != user.waiting.begin() && (*std::prev(behind))->arrived_ns > ticket->arrived_ns) --behind;
    user.waiting.insert(behind, std::move(ticket));
    ++length_;
}

bool FairLine::remove(const Ticket& ticket) {
    auto found = users_.find(ticket.user);
    if (found == users_.end()) return false;
    std::list<TicketPtr>& waiting = found->second->waiting;
    auto place = std::find_if(waiting.begin(), waiting.end(),
                              [&](const TicketPtr& each) { return each.get() == &ticket; });
    if (place == waiting.end()) return false;
    take(found->second, place);
    return true;
}

TicketPtr FairLine::take_next(const UpstreamState& server) {
    unsigned heaviest = 0;
    for (User& user : ring_)
        if (first_for(user, server) != user.waiting.end()) heaviest = std::max(heaviest, user.weight);
    if (heaviest == 0) return nullptr;
    for (auto user = ring_.begin();;) {  // ends at the heaviest: its turn always pays
        auto next = std::next(user);
        Place place = first_for(*user, server);
        if (place != user->waiting.end()) {
            bool pays = take_turn(user->credit, user->weight, heaviest);
            ring_.splice(ring_.end(), ring_, user);
            if (pays) return take(user, place);
        }
        user = next;
    }
}

std::size_t FairLine::length_of(const std::string& user) const {
    auto found = users_.find(user);
    return found == users_.end() ? 0 : found->second->waiting.size();
}

std::vector<Ticket*> FairLine::of(const std::string& user) const {
    std::vector<Ticket*> tickets;
    auto found = users_.find(user);
    if (found != users_.end()) append(tickets, found->second->waiting);
    return tickets;
}

std::vector<Ticket*> FairLine::all() const {
    std::vector<Ticket*> tickets;
    tickets.reserve(length_);
    for (const User& user : ring_) append(tickets, user.waiting);
    return tickets;
}

// Turns as take_next() gives them, from the front of the ring to its end, and again.
std::vector<Ticket*> FairLine::in_order() const {
    std::vector<Rest> rests;
    for (const User& user : ring_)
        rests.push_back({user.weight, user.credit, user.waiting.begin(), user.waiting.end()});
    std::vector<Ticket*> order;
    unsigned heaviest = heaviest_of(rests);
    for (auto rest = rests.begin(); !rests.empty();) {
        if (rest == rests.end()) rest = rests.begin();
        if (take_turn(rest->credit, rest->weight, heaviest)) order.push_back((rest->next++)->get());
        if (rest->next != rest->end) {
            ++rest;
        } else {
            rest = rests.erase(rest);
            heaviest = heaviest_of(rests);
        }
    }
    return order;
}

FairLine::Place FairLine::first_for(User& user, const UpstreamState& server) {
    return std::find_if(user.waiting.begin(), user.waiting.end(),
                        [&](const TicketPtr& each) { return can_use(*each, server); });
}

// A user without waiting requests is forgotten, and comes back without credit.
TicketPtr FairLine::take(Ring::iterator user, Place place) {
    TicketPtr ticket = std::move(*place);
    user->waiting.erase(place);
    --length_;
    if (user->waiting.empty()) {
        users_.erase(user->name);
        ring_.erase(user);
    }
    return ticket;
}

}  // namespace aihub::serve
