#include "tools/aihub-serve/net/wire.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/tools/aihub-serve/net/fixture.hpp"

namespace aihub::net {
namespace {

const Milliseconds no_limit{0};

// Waits until `size` bytes are pending or the connection ends.
Task<std::string> read_pending(Wire& wire, std::size_t size) {
    ErrorCode failed;
    while (!failed && wire.pending().size() < size) {
        wire.make_room(size);
        failed = co_await wire.more(no_limit);
    }
    co_return std::string(wire.pending());
}

Task<ErrorCode> read_once(Wire& wire, Milliseconds timeout) {
    co_return co_await wire.more(timeout);
}

Task<ErrorCode> write_all(Wire& wire, std::string_view a, std::string_view b = {}, std::string_view c = {},
                          std::string_view d = {}) {
    co_return co_await wire.write(a, b, c, d);
}

TEST_CASE("what arrives is pending until it is consumed") {
    RunningLoop running;
    Server server;
    Pair pair(running, server);
    pair.send("hello world");
    CHECK(running.run(read_pending(*pair.wire, 11)) == "hello world");
    running.on_loop([&] { pair.wire->consume(6); });
    pair.send("!");
    CHECK(running.run(read_pending(*pair.wire, 6)) == "world!");
}

TEST_CASE("a long run of bytes finds room") {
    RunningLoop running;
    Server server;
    Pair pair(running, server);
    std::string text(300'000, 'x');
    text.back() = 'y';
    std::future<std::string> read =
        asio::co_spawn(running.loop.context(), read_pending(*pair.wire, text.size()), asio::use_future);
    pair.send(text);
    CHECK(read.get() == text);
}

TEST_CASE("a full buffer is an error until room is made") {
    RunningLoop running;
    Server server;
    Pair pair(running, server);
    auto fill = [&]() -> Task<ErrorCode> {
        ErrorCode failed;
        while (!failed) failed = co_await pair.wire->more(no_limit);
        co_return failed;
    };
    std::future<ErrorCode> filled = asio::co_spawn(running.loop.context(), fill(), asio::use_future);
    pair.send(std::string(1'000'000, 'x'));
    CHECK(filled.get() == asio::error::no_buffer_space);
    std::size_t full = 0;
    running.on_loop([&] {
        full = pair.wire->pending().size();
        CHECK_FALSE(pair.wire->failure());
        CHECK(pair.wire->make_room(full + 1));
    });
    CHECK(running.run(read_pending(*pair.wire, full + 1)).size() == full + 1);
}

TEST_CASE("the end of the other side is an end, after all that came before it") {
    RunningLoop running;
    Server server;
    Pair pair(running, server);
    pair.send("last");
    pair.peer.close();
    CHECK(running.run(read_pending(*pair.wire, 100)) == "last");
    running.on_loop([&] { CHECK(pair.wire->failure() == asio::error::eof); });
    CHECK(running.run(read_once(*pair.wire, no_limit)) == asio::error::eof);
}

TEST_CASE("silence longer than the patience of a reader ends the waiting, not the connection") {
    RunningLoop running;
    Server server;
    Pair pair(running, server);
    CHECK(running.run(read_once(*pair.wire, Milliseconds(1))) == asio::error::timed_out);
    CHECK_FALSE(running.run(write_all(*pair.wire, "x")));
    pair.send("late");
    CHECK(running.run(read_pending(*pair.wire, 4)) == "late");
}

TEST_CASE("the end of the other side is noticed while nobody waits for bytes") {
    RunningLoop running;
    Server server;
    Pair pair(running, server);
    std::promise<ErrorCode> gone;
    running.on_loop([&] { pair.wire->read_ahead([&] { gone.set_value(pair.wire->failure()); }); });
    pair.peer.close();
    CHECK(gone.get_future().get() == asio::error::eof);
}

TEST_CASE("bytes that come while nobody waits are kept, and the end after them is noticed") {
    RunningLoop running;
    Server server;
    Pair pair(running, server);
    std::promise<std::string> gone;
    running.on_loop(
        [&] { pair.wire->read_ahead([&] { gone.set_value(std::string(pair.wire->pending())); }); });
    pair.send("early");
    pair.peer.close();
    CHECK(gone.get_future().get() == "early");
}

TEST_CASE("who begins to watch a connection that has ended hears of it") {
    RunningLoop running;
    Server server;
    Pair pair(running, server);
    pair.peer.close();
    CHECK(running.run(read_once(*pair.wire, no_limit)) == asio::error::eof);
    std::promise<void> gone;
    running.on_loop([&] { pair.wire->read_ahead([&] { gone.set_value(); }); });
    gone.get_future().get();
}

TEST_CASE("who has stopped watching hears nothing") {
    RunningLoop running;
    Server server;
    Pair pair(running, server);
    bool told = false;
    running.on_loop([&] {
        pair.wire->read_ahead([&] { told = true; });
        pair.wire->stop_watching();
    });
    pair.peer.close();
    CHECK(running.run(read_once(*pair.wire, no_limit)) == asio::error::eof);
    CHECK_FALSE(told);
}

TEST_CASE("a reader takes over a read that was under way") {
    RunningLoop running;
    Server server;
    Pair pair(running, server);
    running.on_loop([&] { pair.wire->read_ahead([] {}); });
    std::future<std::string> read =
        asio::co_spawn(running.loop.context(), read_pending(*pair.wire, 5), asio::use_future);
    pair.send("hello");
    CHECK(read.get() == "hello");
}

TEST_CASE("pieces are written in order, empty ones left out") {
    RunningLoop running;
    Server server;
    Pair pair(running, server);
    CHECK_FALSE(running.run(write_all(*pair.wire, "a", "", "bc", "d")));
    CHECK_FALSE(running.run(write_all(*pair.wire, "", "", "", "")));
    CHECK_FALSE(running.run(write_all(*pair.wire, "", "e")));
    CHECK(pair.receive(5) == "abcde");
    running.on_loop([&] { CHECK(pair.wire->bytes_written() == 5); });
}

TEST_CASE("a writer waits for a reader that is behind") {
    RunningLoop running;
    Server server;
    Pair pair(running, server);
    std::string large(20'000'000, 'a');
    for (std::size_t i = 0; i < large.size(); i += 1009) large[i] = static_cast<char>('a' + i % 26);
    std::future<ErrorCode> written = asio::co_spawn(
        running.loop.context(), write_all(*pair.wire, "head", large, "", "end"), asio::use_future);
    // More than any kernel buffers: the writer can only be done when we have read.
    running.on_loop([&] { CHECK(pair.wire->bytes_written() < large.size()); });
    CHECK(pair.receive(4) == "head");
    CHECK(pair.receive(large.size()) == large);
    CHECK(pair.receive(3) == "end");
    CHECK_FALSE(written.get());
}

TEST_CASE("a reader that takes nothing for too long ends the connection") {
    RunningLoop running;
    Server server;
    Pair pair(running, server);
    running.on_loop([&] { pair.wire->set_write_timeout(Milliseconds(1)); });
    std::string large(20'000'000, 'a');
    CHECK(running.run(write_all(*pair.wire, large)) == asio::error::timed_out);
}

TEST_CASE("a side that has said its last can still be answered") {
    RunningLoop running;
    Server server;
    Pair pair(running, server);
    pair.send("question");
    pair.peer.shutdown(asio::ip::tcp::socket::shutdown_send);
    CHECK(running.run(read_pending(*pair.wire, 100)) == "question");
    CHECK_FALSE(running.run(write_all(*pair.wire, "answer")));
    CHECK(pair.receive(6) == "answer");
}

TEST_CASE("failing a wire ends whoever waits on it, with the reason") {
    RunningLoop running;
    Server server;
    Pair pair(running, server);
    std::future<ErrorCode> read =
        asio::co_spawn(running.loop.context(), read_once(*pair.wire, no_limit), asio::use_future);
    running.on_loop([&] { pair.wire->fail(asio::error::operation_aborted); });
    CHECK(read.get() == asio::error::operation_aborted);
}

TEST_CASE("a closed connection ends in good order, a reset one does not") {
    RunningLoop running;
    Server server;
    ErrorCode failed;
    Pair closed(running, server);
    CHECK_FALSE(running.run(write_all(*closed.wire, "all")));
    running.on_loop([&] { closed.wire->close(); });
    CHECK(closed.receive_all(failed) == "all");
    CHECK(failed == asio::error::eof);
    Pair reset(running, server);
    running.on_loop([&] { reset.wire->reset(); });
    reset.receive_all(failed);
    CHECK(failed == asio::error::connection_reset);
}

TEST_CASE("a reply reaches a client whose request was not read to its end") {
    RunningLoop running;
    Server server;
    Pair pair(running, server);
    pair.send(std::string(100'000, 'x'));
    auto refuse = [&]() -> Task<void> {
        co_await pair.wire->write("refused");
        co_await pair.wire->close_lingering(Milliseconds(60'000));
    };
    std::future<void> done = asio::co_spawn(running.loop.context(), refuse(), asio::use_future);
    ErrorCode failed;
    CHECK(pair.receive_all(failed) == "refused");
    CHECK(failed == asio::error::eof);
    pair.send(std::string(100'000, 'y'));
    pair.peer.close();
    done.get();
}

TEST_CASE("a buffer that grew is given back when it is empty") {
    RunningLoop running;
    Server server;
    Pair pair(running, server);
    running.on_loop([&] { CHECK(pair.wire->make_room(100'000)); });
    pair.send("x");
    CHECK(running.run(read_pending(*pair.wire, 1)) == "x");
    running.on_loop([&] {
        pair.wire->shrink();
        CHECK(pair.wire->pending() == "x");  // not while something is in it
        pair.wire->consume(1);
        pair.wire->shrink();
        CHECK(pair.wire->pending().empty());
    });
    pair.send("again");
    CHECK(running.run(read_pending(*pair.wire, 5)) == "again");
}

TEST_CASE("a loop that stops drops what is open on it") {
    Server server;
    asio::ip::tcp::socket peer(server.context);
    {
        RunningLoop running;
        Socket socket(running.loop.context());
        socket.connect(server.acceptor.local_endpoint());
        peer = server.accept();
        running.on_loop([&] {
            auto wire = std::make_shared<Wire>(running.loop, std::move(socket));
            wire->read_ahead([] {});  // nothing but the read under way keeps it alive
        });
    }
    std::string text;
    ErrorCode failed;
    asio::read(peer, asio::dynamic_buffer(text), failed);
    CHECK(failed == asio::error::eof);
}

}  // namespace
}  // namespace aihub::net
