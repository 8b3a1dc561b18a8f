#include "tools/aihub-serve/streams/event_splitter.hpp"

#include <catch2/catch.hpp>
#include <vector>

using namespace aihub::serve;

namespace {

// "text|comment" of each event, with "^" before the line that ends it.
std::vector<std::string> split(std::string_view text, std::size_t piece) {
    EventSplitter splitter;
    std::vector<std::string> events;
    for (std::size_t at = 0; at < text.size(); at += piece) {
        splitter.feed(text.substr(at, piece));
        while (std::optional<SplitEvent> event = splitter.next()) {
            std::string shown(event->text);
            events.push_back(shown.insert(event->last_line, "^") + (event->is_comment ? "|comment" : ""));
        }
    }
    return events;
}

}  // namespace

TEST_CASE("events are cut at empty lines, whatever the pieces and the ends of lines") {
    for (std::size_t piece : {1U, 2U, 3U, 5U, 100U}) {
        CHECK(split("data: a\n\ndata: b\n\n", piece) ==
              std::vector<std::string>{"data: a\n^\n", "data: b\n^\n"});
        CHECK(split("event: x\r\ndata: a\r\n\r\ndata: b\r\n\r\n", piece) ==
              std::vector<std::string>{"event: x\r\ndata: a\r\n^\r\n", "data: b\r\n^\r\n"});
        CHECK(split("data: a\n\n\n\ndata: b\n\n", piece) ==
              std::vector<std::string>{"data: a\n^\n", "\n\ndata: b\n^\n"});
    }
    CHECK(split("data: a\r\rdata: b\r\r.", 100) == std::vector<std::string>{"data: a\r^\r", "data: b\r^\r"});
}

TEST_CASE("what has no field is a comment") {
    CHECK(split(": one\n: two\n\n: three\ndata\n\n", 4) ==
          std::vector<std::string>{": one\n: two\n^\n|comment", ": three\ndata\n^\n"});
}

TEST_CASE("no byte is lost between events and what is left") {
    std::string text = "\n\ndata: a\n\n\r\n: c\n\nevent: b\r\ndata: 1\r\ndata: 2\r\n\r\ndata: unfinished\nid";
    for (std::size_t piece = 1; piece < text.size(); ++piece) {
        EventSplitter splitter;
        std::string joined;
        for (std::size_t at = 0; at < text.size(); at += piece) {
            splitter.feed(std::string_view(text).substr(at, piece));
            while (std::optional<SplitEvent> event = splitter.next()) joined += event->text;
        }
        CHECK(splitter.rest_says_something());
        CHECK(joined + std::string(splitter.rest()) == text);
    }
}

TEST_CASE("empty lines alone say nothing") {
    EventSplitter splitter;
    splitter.feed("data: a\n\n\n");
    CHECK(splitter.next());
    CHECK_FALSE(splitter.next());
    CHECK_FALSE(splitter.rest_says_something());
    CHECK(splitter.rest() == "\n");
    splitter.feed("d");
    CHECK_FALSE(splitter.next());
    CHECK(splitter.rest_says_something());
}
