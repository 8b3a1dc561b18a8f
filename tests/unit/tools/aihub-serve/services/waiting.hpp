// Tickets for the tests of who is next; their loop is never run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tools/aihub-serve/services/ticket.hpp"

namespace aihub::serve {

using ServerPtr = std::shared_ptr<UpstreamState>;

// A server that may have so many requests, and has them.
inline ServerPtr full_server(int most) {
    auto server = std::make_shared<UpstreamState>();
    server->limit = static_cast<unsigned>(most);
    server->outstanding = most;
    return server;
}

class Tickets {
public:
    // Each has come later than the one before it.
    TicketPtr operator()(const std::string& user, std::vector<ServerPtr> servers, unsigned weight = 1) {
        auto ticket = std::make_shared<Ticket>(loop_);
        ticket->user = user;
        ticket->weight = weight;
        ticket->request_id = user + std::to_string(++count_);
        ticket->servers = std::move(servers);
        ticket->arrived_ns = static_cast<std::int64_t>(count_);
        return ticket;
    }

private:
    net::Loop loop_;
    std::size_t count_ = 0;
};

}  // namespace aihub::serve
