#include "tools/aihub-serve/net/wire_pair.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/tools/aihub-serve/net/fixture.hpp"

using namespace aihub::net;
using aihub::Milliseconds;

namespace {

Task<std::string> first_bytes(Wire& wire) {
    ErrorCode failed = co_await wire.more(Milliseconds(5000));
    co_return failed ? failed.message() : std::string(wire.pending());
}

Task<bool> writes(Wire& wire, std::string_view text) {
    ErrorCode failed = co_await wire.write(text);
    co_return !failed;
}

}  // namespace

TEST_CASE("the ends of a pair are connected, and the server's knows a client") {
    RunningLoop running;
    WirePair pair;
    running.on_loop([&] { pair = *make_wire_pair(running.loop, "192.0.2.7"); });
    CHECK(pair.server->remote_address() == "192.0.2.7");
    CHECK(running.run(writes(*pair.client, "question")));
    CHECK(running.run(first_bytes(*pair.server)) == "question");
    CHECK(running.run(writes(*pair.server, "answer")));
    CHECK(running.run(first_bytes(*pair.client)) == "answer");
    running.on_loop([&] {
        pair.client->consume(6);
        pair.server->close();
    });
    CHECK(running.run(first_bytes(*pair.client)) == ErrorCode(asio::error::eof).message());
    running.on_loop([&] {
        pair.client->close();
        pair = {};
    });
}
