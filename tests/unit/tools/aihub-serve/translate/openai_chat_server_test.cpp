#include <catch2/catch.hpp>

#include "tests/unit/tools/aihub-serve/translate/transcript.hpp"
#include "tools/aihub-serve/translate/chat_sides.hpp"

using namespace aihub::translate;

namespace {

using Kind = ChatEvent::Kind;

Transcript hear(const std::vector<std::string>& pieces) {
    auto server = openai_chat_server({});
    Transcript transcript;
    auto sink = [&](const ChatEvent& event) { transcript.events.push_back(event); };
    bool sense = true;
    for (const std::string& piece : pieces) sense = sense && server->feed(piece, sink);
    transcript.verdict = sense ? server->end(sink) : Verdict::nonsense;
    transcript.trouble = server->trouble();
    return transcript;
}

std::string chunk(const std::string& delta, const std::string& finish = "null") {
    return R"(data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":)" + delta +
           R"(,"finish_reason":)" + finish + "}]}\n\n";
}

const std::string done = "data: [DONE]\n\n";

Transcript hear_deltas(const std::vector<std::string>& deltas) {
    std::string stream;
    for (const std::string& delta : deltas) stream += chunk(delta);
    return hear({stream, chunk("{}", "\"tool_calls\""), done});
}

Transcript hear_message(const std::string& message) {
    return hear({R"({"choices":[{"index":0,"message":)" + message + R"(,"finish_reason":"stop"}]})"});
}

}  // namespace

TEST_CASE("a stream of chat chunks is text, an end and its counts") {
    auto heard = hear(
        {chunk(R"({"role":"assistant","content":null})"), chunk(R"({"content":"Hel"})"),
         chunk(R"({"content":"lo"})"), chunk("{}", "\"length\""),
         R"(data: {"choices":[],"usage":{"prompt_tokens":13,"completion_tokens":2,"total_tokens":15,)"
         R"("prompt_tokens_details":{"cached_tokens":12},"completion_tokens_details":{"reasoning_tokens":1}},)"
         R"("timings":{"prompt_ms":0.507,"predicted_ms":2}})"
         "\n\n",
         done});
    REQUIRE(heard.kinds() == "text text finish usage");
    REQUIRE(heard.text(Kind::text) == "Hello");
    REQUIRE(heard.last(Kind::finish).reason == FinishReason::length);
    const ChatEvent& counted = heard.last(Kind::usage);
    REQUIRE(counted.usage.in == 13u);
    REQUIRE(counted.usage.out == 2u);
    REQUIRE(counted.usage.cached == 12u);
    REQUIRE(counted.usage.reasoning == 1u);
    REQUIRE(counted.timing.prompt == 507'000);
    REQUIRE(counted.timing.generation == 2'000'000);
    REQUIRE(heard.verdict == Verdict::whole);
}

TEST_CASE("a stream says the same wherever it is cut") {
    const std::string stream =
        ": ping\r\n\r\n" + chunk(R"({"content":"é😀"})") + chunk(R"({"reasoning":"hm"})") +
        chunk(R"({"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}]})") +
        chunk(R"({"tool_calls":[{"index":0,"function":{"arguments":"}"}}]})", "\"tool_calls\"") + done;
    const Transcript whole = hear({stream});
    REQUIRE(whole.kinds() == "text reasoning tool_call tool_arguments finish");
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        INFO("cut at " << cut);
        REQUIRE(hear({stream.substr(0, cut), stream.substr(cut)}) == whole);
    }
}

TEST_CASE("a stream that ends anywhere before its end has broken off") {
    const std::string stream = chunk(R"({"content":"a"})") + chunk(R"({"content":"b"})", "\"stop\"");
    const std::size_t last_brace = stream.rfind('}');
    for (std::size_t end = 0; end <= last_brace; ++end) {
        INFO(stream.substr(0, end));
        REQUIRE(hear({stream.substr(0, end)}).verdict == Verdict::broken_off);
    }
    REQUIRE(hear({stream.substr(0, last_brace + 1)}).verdict == Verdict::whole);
    REQUIRE(hear({": keep-alive\n\n"}).verdict == Verdict::broken_off);
}

TEST_CASE("a stream is whole by [DONE] or by the ends of all its choices") {
    REQUIRE(hear({chunk(R"({"content":"a"})"), done}).verdict == Verdict::whole);
    REQUIRE(hear({chunk(R"({"content":"a"})", "\"stop\"")}).verdict == Verdict::whole);
    REQUIRE(hear({"data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"},"
                  "{\"index\":1,\"delta\":{\"content\":\"x\"}}]}\n\n"})
                .verdict == Verdict::broken_off);
}

TEST_CASE("reasoning is heard under both its names, once when both are there") {
    REQUIRE(hear_deltas({R"({"reasoning_content":"a"})", R"({"reasoning":"b"})",
                         R"({"reasoning":"c","reasoning_content":"c"})"})
                .text(Kind::reasoning) == "abc");
    REQUIRE(hear_deltas({R"({"content":"<think>a</think>b"})"}).text(Kind::text) == "<think>a</think>b");
}

TEST_CASE("parallel tool calls are told apart by their index") {
    auto heard = hear_deltas(
        {R"({"tool_calls":[{"index":0,"id":"x","type":"function","function":{"name":"f","arguments":""}}]})",
         R"({"tool_calls":[{"index":1,"id":"y","function":{"name":"g","arguments":"{}"}}]})",
         R"({"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":"}},{"index":0,"function":{"arguments":"1}"}}]})"});
    REQUIRE(heard.calls() == R"(0 x f {"a":1}; 1 y g {}; )");
    REQUIRE(heard.last(Kind::finish).reason == FinishReason::tool_calls);
}

TEST_CASE("whole calls without an index, or all with index 0, are calls of their own") {
    REQUIRE(hear_deltas({R"({"tool_calls":[{"id":"x","function":{"name":"f","arguments":"{}"}},)"
                         R"({"id":"y","function":{"name":"f","arguments":{"a":1}}}]})"})
                .calls() == R"(0 x f {}; 1 y f {"a":1}; )");
    REQUIRE(hear_deltas({R"({"tool_calls":[{"index":0,"id":"x","function":{"name":"f","arguments":"{}"}}]})",
                         R"({"tool_calls":[{"index":0,"id":"y","function":{"name":"g","arguments":"{}"}}]})"})
                .calls() == "0 x f {}; 1 y g {}; ");
    REQUIRE(hear_deltas({R"({"tool_calls":[{"index":3,"id":"x","function":{"name":"f","arguments":"{"}}]})",
                         R"({"tool_calls":[{"index":3,"id":"x","function":{"name":"f","arguments":"}"}}]})"})
                .calls() == "0 x f {}; ");
}

TEST_CASE("an error in mid-stream ends it, in the server's words") {
    auto heard = hear({chunk(R"({"content":"a"})"),
                       R"(data: {"error":{"code":500,"message":"out of memory"}})"
                       "\n\n",
                       chunk(R"({"content":"b"})"), done});
    REQUIRE(heard.text(Kind::text) == "a");
    REQUIRE(heard.verdict == Verdict::broken_off);
    REQUIRE(heard.trouble == "out of memory");
    REQUIRE(hear({"data: {\"error\":\"gone\"}\n\n"}).trouble == "gone");
    REQUIRE(hear({R"(data: {"object":"error","message":"bad","code":400})"
                  "\n\n"})
                .trouble == "bad");
    REQUIRE(hear({R"({"error":{"message":"whole"}})"}).trouble == "whole");
    REQUIRE(hear({"data: {\"error\":{}}\n\n"}).trouble.find("did not explain") != std::string::npos);
    REQUIRE(hear({chunk("{}", "\"abort\"")}).trouble.find("abort") != std::string::npos);
}

TEST_CASE("a whole reply says what a stream says") {
    auto heard =
        hear_message(R"({"role":"assistant","reasoning_content":"hm","content":"Hello","tool_calls":[)"
                     R"({"id":"x","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},)"
                     R"({"id":"y","type":"function","function":{"name":"g","arguments":"{}"}}]})");
    REQUIRE(heard.kinds() == "reasoning text tool_call tool_call finish");
    REQUIRE(heard.calls() == R"(0 x f {"a":1}; 1 y g {}; )");
    REQUIRE(heard.verdict == Verdict::whole);
    REQUIRE(hear_message(R"({"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]})")
                .text(Kind::text) == "ab");
    REQUIRE(hear_message(R"({"content":null,"refusal":"no"})").text(Kind::refusal) == "no");
}

TEST_CASE("half a document has broken off, wherever it ends") {
    const std::string reply =
        R"({"choices":[{"index":0,"message":{"content":"a"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1}})";
    for (std::size_t end = 0; end < reply.size(); ++end)
        REQUIRE(hear({reply.substr(0, end)}).verdict == Verdict::broken_off);
    REQUIRE(hear({reply}).verdict == Verdict::whole);
}

TEST_CASE("several choices keep apart, with their log probabilities") {
    auto heard = hear(
        {R"({"choices":[{"index":0,"message":{"content":"a"},"logprobs":{"content":[{"token":"a"}]},"finish_reason":"stop"},)"
         R"({"index":1,"message":{"content":"b"},"finish_reason":"length"}]})"});
    REQUIRE(heard.events.at(0).logprobs == R"({"content":[{"token":"a"}]})");
    REQUIRE(heard.events.at(2).choice == 1);
    REQUIRE(heard.events.at(2).text == "b");
    REQUIRE(heard.last(Kind::finish).choice == 1);
}

TEST_CASE("what stopped the model is known where the server says it") {
    REQUIRE(
        hear(
            {R"({"choices":[{"index":0,"message":{"content":"a"},"finish_reason":"stop","stop_reason":"END"}]})"})
            .last(Kind::finish)
            .stop_sequence == "END");
    REQUIRE(
        hear(
            {R"({"choices":[{"index":0,"message":{"content":"a"},"finish_reason":"stop","stop_reason":128001}]})"})
            .last(Kind::finish)
            .stop_sequence.empty());
}

TEST_CASE("what is no reply of a chat is nonsense") {
    for (const char* reply :
         {"<html>busy</html>", "hello", "[1]", "{\"models\":[]}", "{\"a\":}", "data: hello\n\n",
          "data: [1]\n\n", "data: {\"choices\":[{\"index\":99999999}]}\n\n"}) {
        INFO(reply);
        REQUIRE(hear({reply}).verdict == Verdict::nonsense);
    }
}

TEST_CASE("members of another type than expected do no harm") {
    for (
        const char* chunk_text :
        {R"({"choices":[7]})", R"({"choices":[{"delta":[]}]})",
         R"({"choices":[{"delta":{"content":{"a":1},"tool_calls":"x"}}]})",
         R"({"choices":[{"index":-1,"delta":{"tool_calls":[null,1,{"index":"0","function":7}]},"finish_reason":1}]})",
         R"({"choices":{},"usage":[],"timings":{"prompt_ms":-1e300}})",
         R"({"choices":null,"usage":{"prompt_tokens":-1}})"}) {
        INFO(chunk_text);
        REQUIRE(hear({"data: " + std::string(chunk_text) + "\n\n", done}).verdict == Verdict::whole);
    }
}
