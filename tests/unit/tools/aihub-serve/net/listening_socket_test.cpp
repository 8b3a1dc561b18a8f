#include "tools/aihub-serve/net/listening_socket.hpp"

#include <sys/socket.h>

#include <atomic>
#include <catch2/catch.hpp>

#include "tests/unit/tools/aihub-serve/net/fixture.hpp"

namespace aihub::net {
namespace {

using Shares = std::vector<std::vector<std::size_t>>;

ListeningAddress on_any_port(std::size_t sockets) {
    ListeningAddress address;
    address.asked = "127.0.0.1:0";
    address.endpoint = *parse_endpoint(address.asked);
    if (Result<void> bound = bind_sockets(address, sockets); !bound) FAIL(bound.error().message);
    return address;
}

bool takes_connections(const Endpoint& endpoint) {
    asio::io_context context;
    asio::ip::tcp::socket client(context);
    ErrorCode failed;
    client.connect(endpoint, failed);
    return !failed;
}

TEST_CASE("a taken port is named with its holder and the way to another") {
    ListeningAddress first = on_any_port(1);
    REQUIRE(begin_listening(first));
    Result<void> second = check_unused(first.endpoint);
    REQUIRE_FALSE(second);
    CHECK(second.error().code == aihub::ErrorCode::conflict);
    CHECK(second.error().message.find("port " + std::to_string(first.endpoint.port()) +
                                      " is taken by unit_tests") != std::string::npos);
    CHECK(second.error().hint.find("GATEWAY_PORT") != std::string::npos);
}

TEST_CASE("an address that this machine does not have is named") {
    ListeningAddress address;
    address.endpoint = *parse_endpoint("192.0.2.1:0");
    Result<void> bound = bind_sockets(address, 1);
    REQUIRE_FALSE(bound);
    CHECK(bound.error().code == aihub::ErrorCode::io);
    CHECK(bound.error().message.find("192.0.2.1:0") != std::string::npos);
    CHECK(bound.error().hint.find("--listen") != std::string::npos);
}

TEST_CASE("all sockets of an address share the port that the first one got") {
    ListeningAddress address = on_any_port(3);
    CHECK(address.sockets.size() == 3);
    CHECK(address.endpoint.port() != 0);
    CHECK(to_text(address.endpoint) == "127.0.0.1:" + std::to_string(address.endpoint.port()));
    REQUIRE(bind_sockets(address, 2));
    CHECK(address.sockets.size() == 3);
}

TEST_CASE("nobody can connect to what is only bound") {
    ListeningAddress address = on_any_port(2);
    CHECK_FALSE(takes_connections(address.endpoint));
    REQUIRE(begin_listening(address));
    CHECK(takes_connections(address.endpoint));
    REQUIRE(begin_listening(address));
    CHECK(takes_connections(address.endpoint));
}

TEST_CASE("every socket is dealt, no loop goes without one, and no loop has more than one more of its own") {
    CHECK(deal_sockets(1, 1) == Shares{{0}});
    CHECK(deal_sockets(3, 3) == Shares{{0}, {1}, {2}});
    CHECK(deal_sockets(3, 1) == Shares{{0, 1, 2}});
    CHECK(deal_sockets(4, 2) == Shares{{0, 2}, {1, 3}});
    CHECK(deal_sockets(1, 3) == Shares{{0}, {0}, {0}});
    CHECK(deal_sockets(3, 2) == Shares{{0, 2}, {1, 2}});
    CHECK(deal_sockets(0, 2) == Shares{{}, {}});
}

// The process that is replaced and the one that replaces it, on two loops of one.
struct Side {
    explicit Side(const ListeningAddress& address) {
        Result<Acceptor> acceptor =
            acceptor_on(running.loop, address.endpoint, address.sockets.front().get());
        if (!acceptor) FAIL(acceptor.error().message);
        listener = std::make_unique<Listener>(running.loop, std::move(*acceptor), [this](Socket socket) {
            ++accepted;
            arrived.set_value(std::move(socket));
        });
    }
    ~Side() { running.loop.stop(); }

    RunningLoop running;
    std::atomic<int> accepted = 0;
    std::promise<Socket> arrived;
    std::unique_ptr<Listener> listener;
};

TEST_CASE("a socket that is handed over goes on with whoever is in its queue") {
    ListeningAddress address = on_any_port(1);
    REQUIRE(begin_listening(address));
    Side before(address);
    before.listener->start();
    std::promise<void> closed;
    before.running.on_loop([&] { before.listener->hand_over([&] { closed.set_value(); }); });
    closed.get_future().get();

    asio::io_context context;
    asio::ip::tcp::socket client(context);
    client.connect(address.endpoint);  // while nobody accepts
    Side after(address);
    after.listener->start();
    Socket served = after.arrived.get_future().get();
    CHECK(served.remote_endpoint().port() == client.local_endpoint().port());
    CHECK(before.accepted == 0);
}

TEST_CASE("whoever was taken before the hand-over is passed on before its end is told") {
    for (int round = 0; round < 50; ++round) {
        ListeningAddress address = on_any_port(1);
        REQUIRE(begin_listening(address));
        Side before(address);
        asio::io_context context;
        asio::ip::tcp::socket client(context);
        client.connect(address.endpoint);
        before.listener->start();
        std::promise<int> closed;
        before.running.loop.post(
            [&] { before.listener->hand_over([&] { closed.set_value(before.accepted); }); });
        int passed_on = closed.get_future().get();
        CHECK(passed_on == before.accepted);
        if (passed_on == 1) continue;
        Side after(address);
        after.listener->start();
        (void)after.arrived.get_future().get();
        CHECK(before.accepted == 0);
    }
}

}  // namespace
}  // namespace aihub::net
