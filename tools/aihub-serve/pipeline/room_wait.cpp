#include "tools/aihub-serve/pipeline/room_wait.hpp"

#include <algorithm>

#include "tools/aihub-serve/pipeline/attempt.hpp"
#include "tools/aihub-serve/pipeline/keep_alive.hpp"

namespace aihub::serve {
namespace {

// A client is told of its place not more often than this, and not before: short waits leave no trace.
constexpr std::int64_t telling_ms = 1000;

unsigned weight_of(const Exchange& x) {
    return x.caller ? x.policy().tariff.tier(x.caller->tier).weight : 1;
}

TicketPtr make_ticket(const Exchange& x, const Candidates& candidates, std::int64_t since_ms) {
    auto ticket = std::make_shared<Ticket>(x.worker.loop);
    ticket->user = queue_user(x);
    ticket->weight = weight_of(x);
    ticket->request_id = x.request_id;
    ticket->model = x.model;
    ticket->arrived_ns = x.started_ns;
    ticket->since_ms = since_ms;
    for (const Candidate& candidate : candidates) ticket->servers.push_back(candidate.upstream->state);
    return ticket;
}

Problem queue_is_full(std::size_t length) {
    return Problem(503,
                   "every server is busy and " + std::to_string(length) +
                       " requests wait already; try again later, or raise queue_length",
                   "queue_full");
}

Problem user_has_too_many(std::size_t most) {
    return Problem(503,
                   "every server is busy and " + std::to_string(most) +
                       " of your requests wait already; try again when some have been answered, or raise "
                       "queue_length_per_user",
                   "queue_full");
}

}  // namespace

std::string queue_user(const Exchange& x) {
    return x.caller ? x.caller->user : "anonymous";
}

RoomWait::RoomWait(Exchange& x, const Candidates& candidates, std::int64_t since_ms)
    : x_(x), queue_(*x.worker.queue), ticket_(make_ticket(x, candidates, since_ms)) {}

RoomWait::~RoomWait() {
    if (!taken_) queue_.give_up(*ticket_);
}

std::optional<Problem> RoomWait::join() {
    QueueBounds bounds{x_.policy().queue_length, x_.policy().queue_length_per_user};
    switch (queue_.join(ticket_, bounds)) {
        case FairQueue::Joined::queue_is_full:
            return queue_is_full(bounds.length);
        case FairQueue::Joined::user_has_too_many:
            return user_has_too_many(bounds.per_user);
        case FairQueue::Joined::yes:
        case FairQueue::Joined::ended:
            break;
    }
    return std::nullopt;
}

// Nobody waits for longer than queue_timeout: by then there is room in the queue in any case.
std::string RoomWait::retry_after() const {
    std::int64_t most = x_.policy().queue_timeout.count() / 1000;
    return "Retry-After: " + std::to_string(queue_.seconds_to_move(most)) + "\r\n";
}

net::Task<std::optional<std::size_t>> RoomWait::run(std::int64_t end_ms) {
    Waiting waiting(x_);
    watch_client_leaving();
    std::int64_t step = std::min<std::int64_t>(comment_interval(x_).count(), telling_ms);  // 0: no comments
    std::int64_t look_at_ms = net::steady_ms() + step;
    std::optional<std::size_t> held;
    for (;;) {
        held = FairQueue::take(*ticket_);
        taken_ = held.has_value();
        std::int64_t now = net::steady_ms();
        if (taken_ || x_.client_gone || queue_.has_ended() || now >= end_ms) break;
        if (step > 0 && now >= look_at_ms) {
            co_await tell_place();
            look_at_ms = net::steady_ms() + step;
            continue;
        }
        ticket_->look_at_ms = step > 0 ? std::min(end_ms, look_at_ms) : end_ms;
        co_await ticket_->news.wait();
    }
    watch_client_as_before();
    co_return held;
}

void RoomWait::watch_client_leaving() {
    x_.client.read_ahead([&x = x_, ticket = ticket_] {
        x.client_gone = true;
        post_news(ticket);
    });
}

// Who still has to send a part of the body is not watched, but read from.
void RoomWait::watch_client_as_before() {
    if (x_.body_is_whole)
        watch_client(x_);
    else
        x_.client.stop_watching();
}

// Its place when that has changed, and in any case before the connection looks dead.
net::Task<void> RoomWait::tell_place() {
    FairQueue::Place place = queue_.place_of(*ticket_);
    std::int64_t now = net::steady_ms();
    bool silent = now - told_at_ms_ >= comment_interval(x_).count();
    if (place.place == told_.place && place.of == told_.of && !silent) co_return;
    told_ = place;
    told_at_ms_ = now;
    co_await write_comment(x_, comment_of_place(x_, place.place, place.of));
}

}  // namespace aihub::serve
