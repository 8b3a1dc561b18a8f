#include "tools/aihub-serve/pipeline/transcript_scan.hpp"

#include <catch2/catch.hpp>

namespace aihub::serve {
namespace {

struct Said {
    std::optional<std::int64_t> ms;
    bool tokens = false;
    bool operator==(const Said&) const = default;
};

Said in_pieces(std::string_view reply, std::size_t size, bool by_line) {
    TranscriptScan scan(by_line);
    for (std::size_t at = 0; at < reply.size(); at += size) scan.feed(reply.substr(at, size));
    return {scan.ms(), scan.counts_tokens()};
}

Said said_by(std::string_view reply, bool by_line = false) {
    Said whole = in_pieces(reply, reply.size() + 1, by_line);
    CHECK(in_pieces(reply, 1, by_line) == whole);
    return whole;
}

TEST_CASE("the duration of a verbose reply is how long the sound was") {
    CHECK(said_by(R"({"task":"transcribe","language":"english","duration":8.47,"text":"a, b"})").ms == 8470);
    CHECK(said_by(R"({ "text": "x", "duration" : 12 })").ms == 12'000);
    CHECK(said_by("{\n  \"duration\": \"3.5\",\n  \"text\": \"x\"\n}\n").ms == 3500);
    CHECK(said_by(R"({"duration":1e1,"text":""})").ms == 10'000);
}

TEST_CASE("seconds of the usage count where there is no duration") {
    CHECK(said_by(R"({"text":"x","usage":{"type":"duration","seconds":9}})").ms == 9000);
    CHECK(said_by(R"({"text":"x","duration":8.25,"usage":{"type":"duration","seconds":9}})").ms == 8250);
    CHECK(said_by(R"({"usage":{"seconds":9,"details":{"seconds":1}},"duration":8.25})").ms == 8250);
}

TEST_CASE("a usage of tokens says so") {
    Said said = said_by(R"({"text":"x","usage":{"type":"tokens","input_tokens":14,)"
                        R"("input_token_details":{"audio_tokens":14,"type":"x"},"output_tokens":3}})");
    CHECK(said == Said{std::nullopt, true});
    CHECK_FALSE(said_by(R"({"type":"tokens","usage":{"type":"duration","seconds":1}})").tokens);
}

TEST_CASE("what is said elsewhere or in the transcript itself is not taken for it") {
    CHECK_FALSE(said_by(R"({"text":"x","segments":[{"duration":3},{"usage":{"seconds":4}}]})").ms);
    CHECK_FALSE(said_by(R"({"text":"\"duration\":5, {\"duration\":6}","words":["duration",7]})").ms);
    CHECK_FALSE(said_by(R"({"usages":{"seconds":4},"durations":5,"Duration":6,"x":{"duration":7}})").ms);
    CHECK_FALSE(said_by(R"({"usage":[{"seconds":4}],"text":"\\"})").ms);
    CHECK(said_by(R"({"text":"\\","duration":2})").ms == 2000);
}

TEST_CASE("nonsense is no duration") {
    for (const char* value : {"0", "-3", "null", "true", "\"long\"", "1e99", "nan", "inf", "3s", "\"\"",
                              "[3]", "{\"seconds\":3}", "1111111111111111111111111111111111111111"}) {
        INFO(value);
        CHECK_FALSE(said_by(std::string("{\"duration\":") + value + ",\"text\":\"x\"}").ms);
    }
    CHECK_FALSE(said_by("").ms);
    CHECK_FALSE(said_by("1\n00:00:00,000 --> 00:00:08,000\nthe duration: 5\n").ms);
    CHECK_FALSE(said_by("}}}]]]\"duration\":5,}").ms);
    CHECK_FALSE(said_by("{\"duration\":5").ms);
}

TEST_CASE("in a stream of events the last one that says it counts") {
    CHECK(
        said_by("event: transcript.text.delta\ndata: {\"type\":\"transcript.text.delta\",\"delta\":\"a\"}\n\n"
                "data: {\"type\":\"transcript.text.done\",\"text\":\"a\","
                "\"usage\":{\"type\":\"duration\",\"seconds\":4}}\n\ndata: [DONE]\n\n",
                true)
            .ms == 4000);
    CHECK(said_by("data: {\"duration\":1}\n\ndata: {\"broken\":\"\ndata: {\"duration\":2}\n\n", true).ms ==
          2000);
    CHECK(said_by("data: {\"usage\":{\"type\":\"tokens\"}}\r\n\r\n", true).tokens);
}

}  // namespace
}  // namespace aihub::serve
