#include "tools/aihub-serve/services/fair_line.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "tests/unit/tools/aihub-serve/services/waiting.hpp"

namespace aihub::serve {
namespace {

struct Line {
    FairLine line;
    Tickets ticket;
    ServerPtr server = full_server(1);

    void add(const std::string& user, int count, unsigned weight = 1, std::vector<ServerPtr> servers = {}) {
        if (servers.empty()) servers = {server};
        for (int i = 0; i < count; ++i) line.add(ticket(user, servers, weight));
    }
    // Whose requests are served, in order, as long as there are some.
    std::string served(std::size_t most = 1000) { return served(*server, most); }
    std::string served(const UpstreamState& by, std::size_t most = 1000) {
        std::string users;
        while (users.size() < most)
            if (TicketPtr next = line.take_next(by))
                users += next->user;
            else
                break;
        return users;
    }
};

std::string ids(const std::vector<Ticket*>& tickets) {
    std::string text;
    for (const Ticket* ticket : tickets) text += ticket->request_id + " ";
    return text;
}

TEST_CASE("users take turns, however many requests each has") {
    Line line;
    line.add("a", 5);
    line.add("b", 2);
    line.add("c", 1);
    CHECK(line.served() == "abcabaaa");
    CHECK(line.line.length() == 0);
}

TEST_CASE("a user with one request is next but one at most, behind a crowd of another's") {
    Line line;
    line.add("a", 100);
    CHECK(line.served(7) == "aaaaaaa");
    line.add("b", 1);
    CHECK(line.served(2).find('b') != std::string::npos);
}

TEST_CASE("who weighs three times as much is served three times as often, and evenly") {
    Line line;
    line.add("a", 100, 1);
    line.add("b", 100, 3);
    std::string users = line.served(80);
    CHECK(std::count(users.begin(), users.end(), 'b') == 60);
    CHECK(users.find("aa") == std::string::npos);
    CHECK(users.find("bbbb") == std::string::npos);
}

TEST_CASE("weights need not divide each other") {
    Line line;
    line.add("a", 100, 2);
    line.add("b", 100, 3);
    line.add("c", 100, 5);
    std::string users = line.served(100);
    CHECK(std::count(users.begin(), users.end(), 'a') == 20);
    CHECK(std::count(users.begin(), users.end(), 'b') == 30);
    CHECK(std::count(users.begin(), users.end(), 'c') == 50);
}

TEST_CASE("when the heaviest has nothing left, the light ones are served without a pause") {
    Line line;
    line.add("a", 3, 1);
    line.add("b", 1, 1000);
    CHECK(line.served() == "baaa");
}

TEST_CASE("who comes back after each request gets no more than its weight allows") {
    Line line;
    line.add("b", 100, 3);
    line.add("a", 1, 1);
    std::string users;
    while (users.size() < 40) {
        users += line.served(1);
        if (users.back() == 'a') line.add("a", 1, 1);
    }
    CHECK(std::count(users.begin(), users.end(), 'a') == 10);
}

TEST_CASE("a user's own requests are served in the order in which they came, also one that waits again") {
    Line line;
    TicketPtr early = line.ticket("a", {line.server});
    line.add("a", 2);
    line.line.add(early);
    CHECK(line.line.take_next(*line.server) == early);
    CHECK(line.line.take_next(*line.server)->arrived_ns < line.line.take_next(*line.server)->arrived_ns);
}

TEST_CASE("a server gets the next that can use it, and who is passed over keeps its turn") {
    Line line;
    ServerPtr other = full_server(1);
    line.add("a", 2, 1, {other});
    line.add("b", 2);
    line.add("c", 1, 1, {other, line.server});
    CHECK(line.served(*line.server, 1) == "b");
    CHECK(line.served(*other) == "aca");
    CHECK(line.served(*other).empty());
    CHECK(line.served() == "b");
}

TEST_CASE("within a user too, who cannot use the server is passed over") {
    Line line;
    ServerPtr other = full_server(1);
    line.add("a", 1, 1, {other});
    line.add("a", 1);
    CHECK(line.line.take_next(*line.server)->request_id == "a2");
    CHECK(line.line.take_next(*other)->request_id == "a1");
}

TEST_CASE("who leaves is out of the line, once") {
    Line line;
    TicketPtr leaving = line.ticket("a", {line.server});
    line.line.add(leaving);
    line.add("a", 1);
    CHECK(line.line.length_of("a") == 2);
    CHECK(line.line.remove(*leaving));
    CHECK_FALSE(line.line.remove(*leaving));
    CHECK(line.line.length_of("a") == 1);
    CHECK(line.line.length_of("nobody") == 0);
    CHECK(line.line.take_next(*line.server)->request_id == "a2");
}

TEST_CASE("the order that is foretold is the one in which they are served") {
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
        Line line;
        for (char user = 'a'; user < 'f'; ++user)
            line.add(std::string(1, user), static_cast<int>(random() % 7), 1 + random() % 5);
        line.served(random() % 6);
        std::string foretold = ids(line.line.in_order());
        std::string served;
        while (TicketPtr next = line.line.take_next(*line.server)) served += next->request_id + " ";
        REQUIRE(foretold == served);
    }
}

}  // namespace
}  // namespace aihub::serve
