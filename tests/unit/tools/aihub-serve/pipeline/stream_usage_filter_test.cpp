#include "tools/aihub-serve/pipeline/stream_usage_filter.hpp"

#include <catch2/catch.hpp>

namespace aihub::serve {
namespace {

std::string filtered(const std::vector<std::string>& pieces) {
    StreamUsageFilter filter;
    std::string out;
    for (const std::string& piece : pieces) out.append(filter.feed(piece));
    return out.append(filter.feed({}, true));
}

// Wherever the stream is cut in two or three, what comes out is the same.
void check(const std::string& stream, const std::string& expected) {
    CHECK(filtered({stream}) == expected);
    for (std::size_t i = 0; i <= stream.size(); ++i) {
        if (filtered({stream.substr(0, i), stream.substr(i)}) != expected)
            FAIL("a cut at " << i << " of " << stream);
        std::size_t next = std::min(stream.size(), i + 1);
        if (filtered({stream.substr(0, i), stream.substr(i, next - i), stream.substr(next)}) != expected)
            FAIL("cuts around " << i << " of " << stream);
    }
    std::vector<std::string> bytes;
    for (char c : stream) bytes.emplace_back(1, c);
    CHECK(filtered(bytes) == expected);
}

void check_unchanged(const std::string& stream) {
    check(stream, stream);
}

std::string data(const std::string& text) {
    return "data: " + text + "\n\n";
}

const std::string word =
    data(R"({"choices":[{"index":0,"delta":{"content":"a \"usage\": b"},"finish_reason":null}]})");
const std::string final = data(R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"id":"x"})");
const std::string counts =
    data(R"({"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})");
const std::string done = data("[DONE]");

TEST_CASE("the chunk of counts goes, and nothing else does") {
    check(word + word + final + counts + done, word + word + final + done);
    check(word + final + counts, word + final);
    check(final + counts + done, final + done);
    check(counts + done, done);
    check(data(R"({"usage": {"prompt_tokens": 1}, "choices": [ ]})") + done, done);
    check(data(R"({"choices":null,"usage":{}})"), "");
}

TEST_CASE("a member `usage` that says nothing goes with its comma") {
    check(data(R"({"choices":[{"delta":{"content":"a"}}],"usage":null})") + done,
          data(R"({"choices":[{"delta":{"content":"a"}}]})") + done);
    check(data(R"({"usage": null, "choices": [{"delta": {"content": "a"}}]})"),
          data(R"({"choices": [{"delta": {"content": "a"}}]})"));
    check(data(R"({"id":1, "usage" : null ,"choices":[1]})"), data(R"({"id":1 ,"choices":[1]})"));
    check(data(R"({"choices":[{"finish_reason":"stop"}],"usage":null})") + counts + done,
          data(R"({"choices":[{"finish_reason":"stop"}]})") + done);
    check(data(R"({"choices":[],"usage":null,"prompt_filter_results":[]})"),
          data(R"({"choices":[],"prompt_filter_results":[]})"));
    check(data(R"({"usage":null,"choices":[1],"usage":null})"), data(R"({"choices":[1]})"));
}

TEST_CASE("counts in every chunk go when a chunk of counts follows") {
    std::string zero = R"(,"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}})";
    check(data(R"({"choices":[{"text":"a","finish_reason":null}])" + zero) +
              data(R"({"choices":[{"text":"","finish_reason":"length"}])" + zero) + counts + done,
          data(R"({"choices":[{"text":"a","finish_reason":null}]})") +
              data(R"({"choices":[{"text":"","finish_reason":"length"}]})") + done);
}

TEST_CASE("a server that gives its counts with the last words gives them unasked, and they stay") {
    std::string last =
        data(R"({"choices":[{"text":"","finish_reason":"length"}],"usage":{"prompt_tokens":6},"id":1})");
    check_unchanged(word + last + done);
    check_unchanged(word + last);
}

TEST_CASE("members that the chunk of counts took over return to the one before") {
    check(
        final +
            data(R"({"choices":[],"id":"x","usage":{"prompt_tokens":1},"timings":{"n":[1,"}"]},"more":2})") +
            done,
        data(
            R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"id":"x","timings":{"n":[1,"}"]},"more":2})") +
            done);
    check(data(R"({"choices": [{"finish_reason": "stop"}], "usage": null})") +
              data(R"({"choices": [], "timings": 1, "usage": {}})") + done,
          data(R"({"choices": [{"finish_reason": "stop"}], "timings": 1})") + done);
}

TEST_CASE("several choices end one after the other") {
    std::string second = data(R"({"choices":[{"index":1,"delta":{},"finish_reason":"stop"}],"id":"x"})");
    check(final + word + second + counts + done, final + word + second + done);
    check(final + second + counts + done, final + second + done);
}

TEST_CASE("`usage` deeper down, in text or in what is no chunk stays") {
    check_unchanged(data(R"({"choices":[{"delta":{"usage":null},"usage":{"a":1}}]})") + done);
    check_unchanged(data(R"({"choices":[{"delta":{"content":"\"usage\":null"}}]})") + done);
    check_unchanged(data(R"({"error":{"message":"x"},"usage":null})"));
    check_unchanged(data("{\"usage\":null"));
    check_unchanged(data("\"usage\""));
    check_unchanged(": \"usage\"\n\n" + word + done);
    check_unchanged("event: \"usage\"\nid: 1\n\n");
}

TEST_CASE("line ends, comments, other fields and data in several lines stay as they came") {
    check(
        ": hi\r\n\r\nevent: a\r\ndata: {\"choices\":[1],\"usage\":null}\r\nid: 7\r\n\r\ndata:[DONE]\r\n\r\n",
        ": hi\r\n\r\nevent: a\r\ndata: {\"choices\":[1]}\r\nid: 7\r\n\r\ndata:[DONE]\r\n\r\n");
    check("data: {\"choices\":[1],\ndata: \"usage\":\ndata:null}\n\n" + done,
          "data: {\"choices\":[1]\ndata: \ndata:}\n\n" + done);
    check("data: {\"choices\":[],\ndata: \"usage\":{\"prompt_tokens\":1}}\n\n" + done, done);
    check("data:{\"choices\":[1],\"usage\":null}\r\rdata: [DONE]\r\r",
          "data:{\"choices\":[1]}\r\rdata: [DONE]\r\r");
    check_unchanged("\n\n\r\n" + word + "\n" + done + "\r\n");
    check_unchanged("data\ndata:\n\n");
}

TEST_CASE("a chunk of counts without a blank line at the end of the stream goes as well") {
    check(word + counts.substr(0, counts.size() - 1), word);
    check(word + "data: {\"choices\":[],\"usage\":{\"prompt_tok", word);
    check_unchanged(word + "data: {\"choices\":[{\"delta\":{\"conte");
    check_unchanged(word + "data: [DONE]");
}

TEST_CASE("what needs no change is passed on where it lies") {
    StreamUsageFilter filter;
    for (const std::string& piece : {word, word + word, ": hi\n\n" + word, done})
        CHECK(filter.feed(piece).data() == piece.data());
}

TEST_CASE("nothing waits for the next piece but an unfinished event and the end of a choice") {
    StreamUsageFilter filter;
    std::string first = word + word.substr(0, 20);
    CHECK(filter.feed(first) == word);
    CHECK(filter.feed(word.substr(20)) == word);
    CHECK(filter.feed(final).empty());
    CHECK(filter.feed(word) == final + word);
    CHECK(filter.feed(final).empty());
    CHECK(filter.feed(done) == final + done);
}

TEST_CASE("an event that is too large to be held passes as it is, and the next are looked into again") {
    std::string large = "data: {\"choices\":[{\"delta\":\"" +
                        std::string(StreamUsageFilter::largest_event, 'x') + "\"}],\"usage\":null}\n\n";
    std::string small = data(R"({"choices":[1],"usage":null})");
    std::string expected = large + data(R"({"choices":[1]})") + done;
    std::string stream = large + small + counts + done;
    for (std::size_t size : {1000UL, 4096UL, 65536UL}) {
        std::vector<std::string> pieces;
        for (std::size_t at = 0; at < stream.size(); at += size) pieces.push_back(stream.substr(at, size));
        CHECK(filtered(pieces) == expected);
    }
    for (std::size_t cut = large.size() - 4; cut <= large.size(); ++cut)
        CHECK(filtered({stream.substr(0, cut), stream.substr(cut)}) == expected);
    StreamUsageFilter filter;
    std::string part = large.substr(0, StreamUsageFilter::largest_event + 1);
    CHECK(filter.feed(part).size() >= part.size() - 1);
}

}  // namespace
}  // namespace aihub::serve
