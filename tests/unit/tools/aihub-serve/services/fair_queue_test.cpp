#include "tools/aihub-serve/services/fair_queue.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <thread>

#include "tests/unit/tools/aihub-serve/services/waiting.hpp"

namespace aihub::serve {
namespace {

using Joined = FairQueue::Joined;

constexpr QueueBounds wide{1000, 1000};

struct Queue {
    FairQueue queue;
    Tickets ticket;

    TicketPtr join(const std::string& user, std::vector<ServerPtr> servers) {
        TicketPtr made = ticket(user, std::move(servers));
        REQUIRE(queue.join(made, wide) == Joined::yes);
        return made;
    }
};

TEST_CASE("a place that is left is held for who waits, and nobody else can take it") {
    Queue q;
    ServerPtr server = full_server(2);
    TicketPtr waiting = q.join("a", {server});
    CHECK_FALSE(FairQueue::take(*waiting));
    CHECK(server->waiting == 1);
    q.queue.leave(*server);
    CHECK(FairQueue::take(*waiting) == 0U);
    CHECK(server->outstanding == 2);
    CHECK_FALSE(server->try_enter());
    CHECK(server->waiting == 0);
    CHECK(q.queue.length() == 0);
}

TEST_CASE("a place at the second of two servers goes to who can use that one") {
    Queue q;
    ServerPtr one = full_server(1);
    ServerPtr two = full_server(1);
    TicketPtr only_one = q.join("a", {one});
    TicketPtr either = q.join("b", {one, two});
    q.queue.leave(*two);
    CHECK_FALSE(FairQueue::take(*only_one));
    CHECK(FairQueue::take(*either) == 1U);
    CHECK(one->waiting == 1);
    CHECK(two->waiting == 0);
}

TEST_CASE("a place that became free before anybody was seen to wait is found by who joins") {
    Queue q;
    ServerPtr server = full_server(1);
    server->leave();
    CHECK(FairQueue::take(*q.join("a", {server})) == 0U);
}

TEST_CASE("who gives up is forgotten, and what was held for it goes to the next") {
    Queue q;
    ServerPtr server = full_server(1);
    TicketPtr first = q.join("a", {server});
    TicketPtr second = q.join("a", {server});
    TicketPtr third = q.join("a", {server});
    q.queue.give_up(*second);
    CHECK(q.queue.length() == 2);
    q.queue.leave(*server);
    REQUIRE(FairQueue::take(*first));
    q.queue.give_up(*first);
    CHECK(FairQueue::take(*third));
    CHECK_FALSE(FairQueue::take(*second));
    q.queue.give_up(*third);
    CHECK(server->outstanding == 0);
}

TEST_CASE("the queue takes so many, and so many of each user") {
    Queue q;
    ServerPtr server = full_server(1);
    auto join = [&](const std::string& user) { return q.queue.join(q.ticket(user, {server}), {3, 2}); };
    CHECK(join("a") == Joined::yes);
    CHECK(join("a") == Joined::yes);
    CHECK(join("a") == Joined::user_has_too_many);
    CHECK(join("b") == Joined::yes);
    CHECK(join("c") == Joined::queue_is_full);
    CHECK(server->waiting == 3);
}

TEST_CASE("a limit that was raised lets in who waits") {
    Queue q;
    ServerPtr server = full_server(1);
    TicketPtr first = q.join("a", {server});
    TicketPtr second = q.join("b", {server});
    TicketPtr third = q.join("c", {server});
    server->limit = 3;
    q.queue.limits_changed();
    CHECK(FairQueue::take(*first));
    CHECK(FairQueue::take(*second));
    CHECK_FALSE(FairQueue::take(*third));
    server->limit = 0;
    q.queue.limits_changed();
    CHECK(FairQueue::take(*third));
}

TEST_CASE("a place in line counts those who want the same servers") {
    Queue q;
    ServerPtr one = full_server(1);
    ServerPtr two = full_server(1);
    TicketPtr a = q.join("a", {one});
    TicketPtr b = q.join("b", {two});
    TicketPtr both = q.join("c", {one, two});
    TicketPtr last = q.join("d", {one});
    auto place = [&](const TicketPtr& ticket) {
        FairQueue::Place found = q.queue.place_of(*ticket);
        return std::to_string(found.place) + " of " + std::to_string(found.of);
    };
    CHECK(place(a) == "1 of 3");
    CHECK(place(b) == "1 of 2");
    CHECK(place(both) == "3 of 4");
    CHECK(place(last) == "3 of 3");
}

TEST_CASE("a user sees the own requests, everybody's numbers are counted by user") {
    Queue q;
    ServerPtr server = full_server(1);
    q.join("a", {server});
    q.join("b", {server});
    TicketPtr second = q.join("a", {server});
    std::vector<FairQueue::View> own = q.queue.waiting_of("a");
    REQUIRE(own.size() == 2);
    CHECK(own[0].place.place == 1);
    CHECK(own[1].request_id == second->request_id);
    CHECK(own[1].place.place == 3);
    CHECK(own[1].place.of == 3);
    CHECK(q.queue.waiting_of("c").empty());
    CHECK(q.queue.lengths_by_user() == std::map<std::string, std::size_t>{{"a", 2}, {"b", 1}});
}

TEST_CASE("at the end nobody is let in any more, and nobody joins") {
    Queue q;
    ServerPtr server = full_server(1);
    TicketPtr waiting = q.join("a", {server});
    q.queue.end();
    CHECK(q.queue.has_ended());
    q.queue.leave(*server);
    CHECK_FALSE(FairQueue::take(*waiting));
    CHECK(q.queue.join(q.ticket("b", {server}), wide) == Joined::ended);
    q.queue.give_up(*waiting);
    CHECK(server->waiting == 0);
    CHECK(server->outstanding == 0);
}

// Whoever waits is woken in the end, whatever others do at the same time: the thread has no other way on.
TEST_CASE("no place is lost or had twice while threads come, wait and give up at once") {
    FairQueue queue;
    std::vector<ServerPtr> servers = {full_server(2), full_server(1), full_server(3)};
    for (auto& server : servers) server->outstanding = 0;
    std::vector<std::atomic<int>> inside(servers.size());
    std::atomic<bool> overfull{false};
    std::atomic<int> served{0};
    std::atomic<int> gave_up{0};
    auto work = [&](unsigned seed) {
        std::mt19937 random(seed);
        net::Loop loop;
        for (int i = 0; i < 4000; ++i) {
            auto ticket = std::make_shared<Ticket>(loop);
            ticket->user = std::to_string(random() % 3);
            ticket->arrived_ns = i;
            std::size_t first = random() % servers.size();
            ticket->servers = {servers[first]};
            if (random() % 2 == 0) ticket->servers.push_back(servers[(first + 1) % servers.size()]);
            if (queue.join(ticket, wide) != Joined::yes) std::abort();
            bool impatient = random() % 4 == 0;
            while (!impatient && !FairQueue::take(*ticket)) std::this_thread::yield();
            if (impatient) {
                queue.give_up(*ticket);
                ++gave_up;
                continue;
            }
            std::size_t at = (first + *FairQueue::take(*ticket)) % servers.size();
            if (++inside[at] > static_cast<int>(servers[at]->limit)) overfull = true;
            if (random() % 8 == 0) std::this_thread::yield();
            --inside[at];
            ++served;
            queue.leave(*servers[at]);
        }
    };
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < 8; ++i) threads.emplace_back(work, i);
    for (std::thread& thread : threads) thread.join();
    CHECK_FALSE(overfull);
    CHECK(served + gave_up == 32'000);
    CHECK(gave_up > 0);
    CHECK(queue.length() == 0);
    for (const auto& server : servers) {
        CHECK(server->outstanding == 0);
        CHECK(server->waiting == 0);
    }
}

}  // namespace
}  // namespace aihub::serve
