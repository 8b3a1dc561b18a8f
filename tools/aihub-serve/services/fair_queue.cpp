#include "tools/aihub-serve/services/fair_queue.hpp"

#include <algorithm>
#include <set>

namespace aihub::serve {
namespace {

// Places are counted for all at once, and for who only wants to tell somebody not more often than this.
constexpr std::int64_t places_good_for_ms = 250;

std::int64_t now() {
    return net::steady_ms();
}

using Servers = std::vector<const UpstreamState*>;

Servers servers_of(const Ticket& ticket) {
    Servers servers;
    for (const auto& server : ticket.servers) servers.push_back(server.get());
    std::sort(servers.begin(), servers.end());
    return servers;
}

bool overlap(const Servers& a, const Servers& b) {
    return std::any_of(a.begin(), a.end(), [&](const UpstreamState* server) {
        return std::binary_search(b.begin(), b.end(), server);
    });
}

// Tickets for the same servers are counted together: nearly all wait for one of a few models.
class Crowds {
public:
    explicit Crowds(const std::vector<Ticket*>& tickets) {
        for (const Ticket* ticket : tickets) ++crowds_[servers_of(*ticket)].size;
        for (auto& [servers, crowd] : crowds_)
            for (auto& [others, other] : crowds_)
                if (overlap(servers, others)) crowd.rivals.push_back(&other);
    }
    // In the order of the line.
    void count(Ticket& ticket) {
        Crowd& own = crowds_.at(servers_of(ticket));
        ++own.counted;
        ticket.place = ticket.of = 0;
        for (const Crowd* rival : own.rivals) {
            ticket.place += rival->counted;
            ticket.of += rival->size;
        }
    }

private:
    struct Crowd {
        std::size_t size = 0;
        std::size_t counted = 0;
        std::vector<Crowd*> rivals;  // those that wait for one of the same servers; itself too
    };
    std::map<Servers, Crowd> crowds_;
};

}  // namespace

FairQueue::Joined FairQueue::join(const TicketPtr& ticket, QueueBounds bounds) {
    std::lock_guard lock(mutex_);
    if (ended_) return Joined::ended;
    if (line_.length() >= bounds.length) return Joined::queue_is_full;
    if (line_.length_of(ticket->user) >= bounds.per_user) return Joined::user_has_too_many;
    if (line_.length() == 0) pace_.begin(now());
    line_.add(ticket);
    note_joined(*ticket);
    // Who left before it could see that somebody waits has left the place to us.
    for (const auto& server : ticket->servers) serve(*server);
    return Joined::yes;
}

std::optional<std::size_t> FairQueue::take(const Ticket& ticket) {
    int granted = ticket.granted.load(std::memory_order_acquire);
    if (granted < 0) return std::nullopt;
    return static_cast<std::size_t>(granted);
}

void FairQueue::give_up(Ticket& ticket) {
    {
        std::lock_guard lock(mutex_);
        if (line_.remove(ticket)) return note_gone(ticket);
    }
    if (std::optional<std::size_t> held = take(ticket)) leave(*ticket.servers[*held]);
}

// Both are sequentially consistent, as they are in join(): either it sees the place, or we see that it waits.
void FairQueue::leave(UpstreamState& server) {
    server.leave();
    if (server.waiting.load() == 0) return;
    std::lock_guard lock(mutex_);
    serve(server);
}

void FairQueue::tick(net::Loop& loop, std::int64_t now) {
    if (length() == 0) return;
    std::vector<TicketPtr> due;
    {
        std::lock_guard lock(mutex_);
        for (Ticket* ticket : line_.all())
            if (&ticket->loop == &loop && ticket->look_at_ms <= now)
                due.push_back(ticket->shared_from_this());
    }
    for (const TicketPtr& ticket : due) ticket->news.fire();
}

void FairQueue::limits_changed() {
    std::lock_guard lock(mutex_);
    std::set<std::shared_ptr<UpstreamState>> servers;
    for (const Ticket* ticket : line_.all()) servers.insert(ticket->servers.begin(), ticket->servers.end());
    for (const auto& server : servers) serve(*server);
}

void FairQueue::end() {
    std::lock_guard lock(mutex_);
    ended_ = true;
    for (Ticket* ticket : line_.all()) post_news(ticket->shared_from_this());
}

FairQueue::Place FairQueue::place_of(const Ticket& ticket) {
    std::lock_guard lock(mutex_);
    bool stale = places_changed_ && now() - places_counted_ms_ >= places_good_for_ms;
    if (stale || ticket.place == 0) count_places();
    return {ticket.place, ticket.of};
}

std::vector<FairQueue::View> FairQueue::waiting_of(const std::string& user) {
    std::lock_guard lock(mutex_);
    if (places_changed_) count_places();
    std::vector<View> views;
    for (const Ticket* ticket : line_.of(user))
        views.push_back({ticket->request_id,
                         ticket->model,
                         {ticket->place, ticket->of},
                         std::max<std::int64_t>(0, now() - ticket->since_ms)});
    return views;
}

std::map<std::string, std::size_t> FairQueue::lengths_by_user() {
    std::lock_guard lock(mutex_);
    std::map<std::string, std::size_t> lengths;
    for (const Ticket* ticket : line_.all()) ++lengths[ticket->user];
    return lengths;
}

std::int64_t FairQueue::seconds_to_move(std::int64_t most) {
    std::lock_guard lock(mutex_);
    return pace_.seconds_for(line_.length(), now(), most);
}

// While the server has room, and somebody wants it. Under the lock, as all below.
void FairQueue::serve(UpstreamState& server) {
    while (!ended_ && server.waiting.load() > 0 && server.try_enter()) grant(line_.take_next(server), server);
}

void FairQueue::grant(const TicketPtr& ticket, const UpstreamState& server) {
    note_gone(*ticket);
    pace_.step(now());
    auto granted = std::find_if(ticket->servers.begin(), ticket->servers.end(),
                                [&](const auto& each) { return each.get() == &server; });
    ticket->granted.store(static_cast<int>(granted - ticket->servers.begin()), std::memory_order_release);
    post_news(ticket);
}

void FairQueue::note_joined(const Ticket& ticket) {
    for (const auto& server : ticket.servers) server->waiting.fetch_add(1);
    length_ = line_.length();
    places_changed_ = true;
}

void FairQueue::note_gone(const Ticket& ticket) {
    for (const auto& server : ticket.servers) server->waiting.fetch_sub(1);
    length_ = line_.length();
    places_changed_ = true;
}

void FairQueue::count_places() {
    std::vector<Ticket*> order = line_.in_order();
    Crowds crowds(order);
    for (Ticket* ticket : order) crowds.count(*ticket);
    places_changed_ = false;
    places_counted_ms_ = now();
}

}  // namespace aihub::serve
