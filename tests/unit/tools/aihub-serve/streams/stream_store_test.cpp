#include "tools/aihub-serve/streams/stream_store.hpp"

#include <catch2/catch.hpp>

#include "shared/crypto/hash.hpp"
#include "tests/unit/tools/aihub-serve/net/fixture.hpp"
#include "tools/aihub-serve/streams/resume.hpp"

using namespace aihub;
using namespace aihub::serve;
using Course = ResumableStream::Course;
using Seating = ResumableStream::Seating;

namespace {

constexpr std::size_t capacity = 100'000;
constexpr Milliseconds long_window{3'600'000};

// Two connections on a loop that does not run: what is posted stays there, and goes with it.
class Streams {
public:
    StreamStore store{StreamLimits{3, 5}};
    net::Loop loop;
    net::WirePtr wire = std::make_shared<net::Wire>(loop, net::Socket(loop.context()));

    Streams() { crypto::initialise(); }

    StreamStore::StreamPtr given(const std::string& user = "tester", Milliseconds window = long_window) {
        Result<StreamStore::StreamPtr> opened = store.open({1, user}, capacity, window);
        if (!opened) return nullptr;
        (*opened)->begin(pump, "model", "text/event-stream");
        return *opened;
    }
    std::shared_ptr<Side> side() { return std::make_shared<Side>(*wire); }

    std::shared_ptr<Side> pump = side();
};

SplitEvent event(std::string_view text) {
    return {text, text.size() - 1, false};
}

std::string line(const ResumableStream& stream, int number) {
    return "id: " + stream.id() + ":" + std::to_string(number) + "\n";
}

}  // namespace

TEST_CASE("an event gets the number of its place as its last field") {
    Streams streams;
    auto stream = streams.given();
    auto taker = streams.side();
    REQUIRE(stream->seat(taker, std::nullopt) == Seating::seated);
    stream->add(event("event: x\nid: theirs\ndata: a\n\n"));
    stream->add({": comment\n\n", 10, true});
    stream->add_unfinished("data: end");
    stream->end(Course::complete);
    ResumableStream::Portion portion = stream->take(*taker);
    CHECK(portion.text == "event: x\nid: theirs\ndata: a\n" + line(*stream, 1) +
                              "\n: comment\n\ndata: end\n" + line(*stream, 2));
    CHECK(portion.course == Course::complete);
    CHECK(stream->id().size() == 32);
}

TEST_CASE("comments are not kept for somebody who is not there") {
    Streams streams;
    auto stream = streams.given();
    stream->add({": comment\n\n", 10, true});
    stream->add(event("data: a\n\n"));
    auto taker = streams.side();
    REQUIRE(stream->seat(taker, 0) == Seating::seated);
    CHECK(stream->take(*taker).text == "data: a\n" + line(*stream, 1) + "\n");
}

TEST_CASE("the next taker gets what the last one did not say it has") {
    Streams streams;
    auto stream = streams.given();
    for (const char* text : {"data: a\n\n", "data: b\n\n", "data: c\n\n"}) stream->add(event(text));
    auto first = streams.side();
    REQUIRE(stream->seat(first, std::nullopt) == Seating::seated);
    CHECK_FALSE(stream->take(*first).text.empty());
    auto second = streams.side();
    REQUIRE(stream->seat(second, 2) == Seating::seated);
    CHECK(first->is_interrupted());
    CHECK_FALSE(stream->take(*first).is_mine);
    CHECK(stream->take(*second).text == "data: c\n" + line(*stream, 3) + "\n");
    stream->leave(*first);  // whose seat it is not any more
    CHECK(stream->view().connected);
    stream->leave(*second);
    CHECK_FALSE(stream->view().connected);
}

TEST_CASE("events that are not there cannot be asked for, and who has them keeps the seat") {
    Streams streams;
    auto stream = streams.given();
    auto taker = streams.side();
    REQUIRE(stream->seat(taker, std::nullopt) == Seating::seated);
    std::string text = "data: " + std::string(10'000, 'x') + "\n\n";
    for (int i = 0; i < 30; ++i) {
        stream->add(event(text));
        (void)stream->take(*taker);
    }
    auto late = streams.side();
    CHECK(stream->seat(late, 1) == Seating::too_old);
    CHECK(stream->seat(late, 31) == Seating::beyond);
    CHECK_FALSE(taker->is_interrupted());
    CHECK(stream->take(*taker).is_mine);
    stream->end(Course::complete);
    CHECK(stream->seat(late, 30) == Seating::nothing_left);
    CHECK(stream->seat(late, 29) == Seating::seated);
}

TEST_CASE("a stream that broke is never told to be all there is") {
    Streams streams;
    auto stream = streams.given();
    stream->add(event("data: a\n\n"));
    stream->end(Course::broken);
    stream->end(Course::complete);
    auto taker = streams.side();
    REQUIRE(stream->seat(taker, 1) == Seating::seated);
    CHECK(stream->take(*taker).course == Course::broken);
}

TEST_CASE("a stream that is ended interrupts both sides") {
    Streams streams;
    auto stream = streams.given();
    auto taker = streams.side();
    REQUIRE(stream->seat(taker, std::nullopt) == Seating::seated);
    streams.store.remove(*stream);
    CHECK(taker->is_interrupted());
    CHECK(streams.pump->is_interrupted());
    CHECK_FALSE(stream->take(*taker).is_mine);
    CHECK_FALSE(streams.store.find(stream->id()));
}

TEST_CASE("streams are found by their id once they have begun") {
    Streams streams;
    Result<StreamStore::StreamPtr> opened = streams.store.open({1, "tester"}, capacity, long_window);
    REQUIRE(opened);
    CHECK_FALSE(streams.store.find((*opened)->id()));
    CHECK(streams.store.of({1, "tester"}).empty());
    (*opened)->begin(streams.pump, "model", "text/event-stream");
    CHECK(streams.store.find((*opened)->id()) == *opened);
    CHECK(streams.store.of({1, "tester"}).size() == 1);
    CHECK(streams.store.of({2, "tester"}).empty());
    CHECK_FALSE(streams.store.find("0123"));
}

TEST_CASE("nobody has more streams than may be, and those that ended make place, the oldest first") {
    Streams streams;
    std::vector<StreamStore::StreamPtr> own;
    for (int i = 0; i < 3; ++i) own.push_back(streams.given());
    CHECK_FALSE(streams.given());
    own[1]->end(Course::complete);
    auto fourth = streams.given();
    REQUIRE(fourth);
    CHECK_FALSE(streams.store.find(own[1]->id()));
    CHECK(streams.store.find(own[0]->id()));
    CHECK(streams.given("second"));
    CHECK(streams.given("third"));
    CHECK_FALSE(streams.given("fourth"));  // all together
}

TEST_CASE("a stream is forgotten when nobody has listened for its window") {
    Streams streams;
    auto kept = streams.given();
    auto short_lived = streams.given("tester", Milliseconds(-1));
    auto listened_to = streams.given("tester", Milliseconds(-1));
    auto taker = streams.side();
    REQUIRE(listened_to->seat(taker, std::nullopt) == Seating::seated);
    streams.store.sweep();
    CHECK(streams.store.find(kept->id()));
    CHECK_FALSE(streams.store.find(short_lived->id()));
    CHECK(streams.store.find(listened_to->id()));
}

TEST_CASE("a side that waits is woken, from any thread, and interrupted with its connection") {
    net::RunningLoop running;
    net::Server server;
    net::Pair pair(running, server);
    std::shared_ptr<Side> side;
    running.on_loop([&] { side = std::make_shared<Side>(*pair.wire); });
    auto waits = [](std::shared_ptr<Side> waiting, int times) -> net::Task<int> {
        int rounds = 0;
        while (rounds < times && !waiting->is_interrupted()) {
            co_await waiting->wait();
            ++rounds;
        }
        co_return rounds;
    };
    side->wake();
    side->wake();  // one message for both
    CHECK(running.run(waits(side, 1)) == 1);
    auto waiting = net::asio::co_spawn(running.loop.context(), waits(side, 1000), net::asio::use_future);
    side->wake();
    side->interrupt();
    CHECK(waiting.get() < 1000);
    running.on_loop([&] {
        CHECK(pair.wire->failure());
        side.reset();
    });
}

TEST_CASE("the id of an event is a stream and a number") {
    CHECK(parse_event_id("abc:12")->stream == "abc");
    CHECK(parse_event_id("abc:12")->number == 12);
    for (const char* wrong : {"", "12", "abc", "abc:", "abc:x", "abc:-1", "abc:99999999999999999999999"})
        CHECK_FALSE(parse_event_id(wrong));
}
