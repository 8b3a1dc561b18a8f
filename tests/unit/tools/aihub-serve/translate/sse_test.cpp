#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tools/aihub-serve/translate/sse.hpp"

using namespace aihub::translate;

namespace {

std::vector<std::string> events_of(const std::vector<std::string>& pieces) {
    std::vector<std::string> events;
    SseReader reader;
    auto sink = [&](std::string_view data) { events.emplace_back(data); };
    for (const std::string& piece : pieces) REQUIRE(reader.feed(piece, sink));
    reader.end(sink);
    return events;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("an event's data is given, its comments, names and ids are not") {
    REQUIRE(events_of({": ping\n\nevent: x\nid: 7\ndata: one\n\nretry: 5\ndata: two\n\n"}) ==
            Texts{"one", "two"});
}

TEST_CASE("lines of data are joined; one blank behind the colon does not count") {
    REQUIRE(events_of({"data: a\ndata:b\ndata:  c\ndata\n\n"}) == Texts{"a\nb\n c\n"});
}

TEST_CASE("lines end with a line feed, a carriage return or both") {
    REQUIRE(events_of({"data: 1\r\n\r\ndata: 2\r\rdata: 3\n\n"}) == Texts{"1", "2", "3"});
}

TEST_CASE("events are the same wherever the stream is cut, also between the two ends of a line") {
    const std::string stream =
        "\xEF\xBB\xBF"
        "data: {\"a\":\"\xC3\xA9\"}\r\n\r\n: keep-alive\r\n\r\ndata: x\r\ndata: y\r\n\r\ndata: [DONE]\n\n";
    const Texts expected = {"{\"a\":\"\xC3\xA9\"}", "x\ny", "[DONE]"};
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        INFO("cut at " << cut);
        REQUIRE(events_of({stream.substr(0, cut), stream.substr(cut)}) == expected);
    }
    Texts bytes;
    for (char c : stream) bytes.emplace_back(1, c);
    REQUIRE(events_of(bytes) == expected);
}

TEST_CASE("a last event without its blank line is given at the end") {
    REQUIRE(events_of({"data: one\n\ndata: tw"}) == Texts{"one", "tw"});
    REQUIRE(events_of({"data: one\n\n"}) == Texts{"one"});
}

TEST_CASE("an event without an end is given up before it fills the memory") {
    SseReader reader;
    auto sink = [](std::string_view) {};
    const std::string megabyte(1u << 20, 'x');
    REQUIRE(reader.feed("data: ", sink));
    int fed = 0;
    while (fed < 1000 && reader.feed(megabyte, sink)) ++fed;
    REQUIRE(fed < 100);
    REQUIRE(fed > 32);  // a large picture fits
}

TEST_CASE("what is written is read as the same") {
    std::string out;
    write_sse(out, "one");
    write_sse(out, "message_stop", "two\nlines");
    REQUIRE(out == "data: one\n\nevent: message_stop\ndata: two\ndata: lines\n\n");
    REQUIRE(events_of({out}) == Texts{"one", "two\nlines"});
}
