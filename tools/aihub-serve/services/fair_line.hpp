// The order in which waiting requests are served: deficit round robin by user. A turn gives a user credit by
// its weight, a request costs what the heaviest of those who compete earn in a turn: so a turn is one request
// at most, and no user's crowd stands before another user's first for longer than one round. Who cannot use
// the server that has room keeps place and credit. In a user's own line the request that came first is first.
// No lock: its owner has one.
#pragma once

#include <list>
#include <string>
#include <unordered_map>

#include "tools/aihub-serve/services/ticket.hpp"

namespace aihub::serve {

class FairLine {
public:
    void add(TicketPtr ticket);
    // False when it is not in the line.
    bool remove(const Ticket& ticket);
    // The next that can use this server, out of the line; null when nobody can.
    TicketPtr take_next(const UpstreamState& server);

    std::size_t length() const { return length_; }
    std::size_t length_of(const std::string& user) const;
    // One user's, the first one first.
    std::vector<Ticket*> of(const std::string& user) const;
    std::vector<Ticket*> all() const;
    // All of them, in the order in which they would be served if each could use whatever becomes free.
    std::vector<Ticket*> in_order() const;

private:
    struct User {
        std::string name;
        unsigned weight = 1;
        std::uint64_t credit = 0;
        std::list<TicketPtr> waiting;
    };
    using Ring = std::list<User>;  // whose turn is next stands in front
    using Place = std::list<TicketPtr>::iterator;

    static Place first_for(User& user, const UpstreamState& server);
    TicketPtr take(Ring::iterator user, Place place);

    Ring ring_;
    std::unordered_map<std::string, Ring::iterator> users_;
    std::size_t length_ = 0;
};

}  // namespace aihub::serve
