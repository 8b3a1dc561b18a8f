#include <catch2/catch.hpp>

#include "tests/unit/tools/aihub-serve/translate/said.hpp"
#include "tools/aihub-serve/translate/chat_sides.hpp"
#include "tools/aihub-serve/translate/json_text.hpp"

using namespace aihub::translate;

namespace {

using Kind = ChatEvent::Kind;

Circumstances circumstances() {
    Circumstances known;
    known.request_id = "req_7-";
    known.client_model = "chain:latest";
    known.server_model = "chain";
    known.now_ms = 16'000;  // 3e80 in ids
    return known;
}

using Maker = std::unique_ptr<ClientSide> (*)(const Circumstances&);

std::string common(Maker maker, const std::string& request) {
    auto read = maker(circumstances())->read(*read_json(request));
    INFO(request);
    REQUIRE(read);
    return json_text(*read);
}

std::string refused(Maker maker, const std::string& request) {
    auto read = maker(circumstances())->read(*read_json(request));
    INFO(request);
    REQUIRE_FALSE(read);
    REQUIRE(read.error().code == aihub::ErrorCode::invalid_input);
    return read.error().message;
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::string reply(Maker maker, const std::string& request, const std::vector<ChatEvent>& events) {
    auto client = maker(circumstances());
    REQUIRE(client->read(*read_json(request)));
    std::string out;
    for (const ChatEvent& event : events) client->event(event, out);
    client->end(out);
    return out;
}

std::string chat(const std::string& members, const std::vector<ChatEvent>& events) {
    return reply(openai_chat_client,
                 R"({"model":"m","messages":[{"role":"user","content":"hi"}])" + members + "}", events);
}

std::string complete(const std::string& members, const std::vector<ChatEvent>& events) {
    return reply(openai_completions_client, R"({"model":"m","prompt":"hi")" + members + "}", events);
}

// The events of a stream of chunks of the first choice: "delta finish_reason", a line each.
std::string deltas(const std::string& stream) {
    std::string out;
    for (std::size_t at = stream.find("data: {"); at != std::string::npos;
         at = stream.find("data: {", at + 1)) {
        auto chunk = read_json(std::string_view(stream).substr(at + 6, stream.find("\n\n", at) - at - 6));
        REQUIRE(chunk);
        for (const Json& choice : items(member(*chunk, "choices")))
            out += json_text(choice["index"]) + " " + json_text(choice["delta"]) + " " +
                   json_text(choice["finish_reason"]) + "\n";
    }
    return out;
}

}  // namespace

TEST_CASE("a chat is passed on whole, with the server's name of the model and a wish for the counts") {
    REQUIRE(
        common(openai_chat_client,
               R"({"model":"m","messages":[{"role":"user","content":"a"}],"seed":1,"x":{"y":[1.5]}})") ==
        R"({"model":"chain","messages":[{"role":"user","content":"a"}],"seed":1,"x":{"y":[1.5]},"stream":false})");
    REQUIRE(common(openai_chat_client, R"({"model":"m","messages":[{}],"stream":true})") ==
            R"({"model":"chain","messages":[{}],"stream":true,"stream_options":{"include_usage":true}})");
    REQUIRE(
        common(openai_chat_client,
               R"({"model":"m","messages":[{}],"stream":false,"stream_options":{"include_usage":true}})") ==
        R"({"model":"chain","messages":[{}],"stream":false})");
}

TEST_CASE("a chat without messages, or with members of another type, is refused by name") {
    REQUIRE(has(refused(openai_chat_client, R"({"model":"m"})"), "\"messages\""));
    REQUIRE(has(refused(openai_chat_client, R"({"model":"m","messages":[]})"), "\"messages\""));
    REQUIRE(has(refused(openai_chat_client, R"({"messages":[{}],"stream":1})"), "\"stream\""));
    REQUIRE(has(refused(openai_chat_client, R"({"messages":[{}],"stream":true,"stream_options":[]})"),
                "\"stream_options\""));
}

TEST_CASE("chunks are as OpenAI's, the counts in one of their own when they are asked for") {
    const std::string start =
        R"(data: {"id":"chatcmpl-7-3e80","object":"chat.completion.chunk","created":16,"model":"chain:latest",)";
    REQUIRE(
        chat(R"(,"stream":true,"stream_options":{"include_usage":true})",
             {text("a\n"), finished(FinishReason::length), counted(3, 1)}) ==
        start +
            R"("choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":null})"
            "\n\n" +
            start +
            R"("choices":[{"index":0,"delta":{"content":"a\n"},"logprobs":null,"finish_reason":null}],"usage":null})"
            "\n\n" +
            start +
            R"("choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"length"}],"usage":null})"
            "\n\n" +
            start +
            R"("choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}})"
            "\n\n"
            "data: [DONE]\n\n");
    REQUIRE_FALSE(has(chat(",\"stream\":true", {text("a"), counted(3, 1)}), "usage"));
}

TEST_CASE("tool calls and reasoning are streamed as OpenAI's deltas") {
    REQUIRE(
        deltas(chat(",\"stream\":true", {thought("hm"), call(0, "x", "f", "{"), arguments(0, "}"),
                                         call(1, "", "g", "{}"), finished(FinishReason::tool_calls)})) ==
        R"(0 {"role":"assistant","content":""} null)"
        "\n"
        R"(0 {"reasoning_content":"hm"} null)"
        "\n"
        R"(0 {"tool_calls":[{"index":0,"id":"x","type":"function","function":{"name":"f","arguments":"{"}}]} null)"
        "\n"
        R"(0 {"tool_calls":[{"index":0,"function":{"arguments":"}"}}]} null)"
        "\n"
        R"(0 {"tool_calls":[{"index":1,"id":"call_7-3e80_0_1","type":"function","function":{"name":"g","arguments":"{}"}}]} null)"
        "\n"
        R"(0 {} "tool_calls")"
        "\n");
    REQUIRE(
        has(chat(",\"stream\":true", {call(0, "x", "f", "{}")}), R"({"role":"assistant","content":null})"));
}

TEST_CASE("each choice of a stream begins with its role") {
    REQUIRE(deltas(chat(",\"stream\":true", {text("a", 1), text("b", 0), said(Kind::refusal, "no", 1),
                                             finished(FinishReason::stop, 1)})) ==
            R"(1 {"role":"assistant","content":""} null)"
            "\n"
            R"(1 {"content":"a"} null)"
            "\n"
            R"(0 {"role":"assistant","content":""} null)"
            "\n"
            R"(0 {"content":"b"} null)"
            "\n"
            R"(1 {"refusal":"no"} null)"
            "\n"
            R"(1 {} "stop")"
            "\n");
}

TEST_CASE("a whole chat has all that was said") {
    ChatEvent counts = counted(5, 7);
    counts.usage.cached = 2;
    counts.usage.reasoning = 3;
    ChatEvent piece = text("a");
    piece.logprobs = R"({"content":[{"token":"a"}],"refusal":null})";
    REQUIRE(
        chat("", {thought("h"), thought("m"), piece, piece, call(0, "x", "f", "{"), arguments(0, "}"),
                  finished(FinishReason::tool_calls), counts}) ==
        R"({"id":"chatcmpl-7-3e80","object":"chat.completion","created":16,"model":"chain:latest","choices":[{"index":0,"message":)"
        R"({"role":"assistant","content":"aa","refusal":null,"reasoning_content":"hm","tool_calls":[{"id":"x","type":"function",)"
        R"("function":{"name":"f","arguments":"{}"}}]},"logprobs":{"content":[{"token":"a"},{"token":"a"}],"refusal":null},)"
        R"("finish_reason":"tool_calls"}],"usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12,)"
        R"("prompt_tokens_details":{"cached_tokens":2},"completion_tokens_details":{"reasoning_tokens":3}}})");
    REQUIRE(has(chat("", {call(0, "x", "f", "{}")}), R"("content":null)"));
    REQUIRE(has(chat("", {finished(FinishReason::stop)}), R"("content":"")"));
    REQUIRE(has(chat("", {said(Kind::refusal, "no"), finished(FinishReason::content_filter)}),
                R"("content":null,"refusal":"no")"));
}

TEST_CASE("a completion is a conversation of one message") {
    REQUIRE(
        common(
            openai_completions_client,
            R"({"model":"m","prompt":["hi"],"max_tokens":3,"logprobs":2,"echo":false,"best_of":1,"suffix":"","user":null})") ==
        R"({"model":"chain","messages":[{"role":"user","content":"hi"}],"max_tokens":3,"logprobs":true,"top_logprobs":2,"stream":false})");
    REQUIRE(has(common(openai_completions_client, R"({"prompt":"hi","stream":true})"),
                R"("stream_options":{"include_usage":true})"));
    REQUIRE_FALSE(has(common(openai_completions_client, R"({"prompt":"hi","logprobs":0})"), "top_logprobs"));
}

TEST_CASE("what needs the bare model cannot be had by completions") {
    for (const char* member :
         {"\"suffix\":\"x\"", "\"echo\":true", "\"best_of\":2", "\"messages\":[]", "\"tools\":[]"}) {
        std::string name(member, std::string_view(member).find('"', 1) + 1);
        REQUIRE(
            has(refused(openai_completions_client, R"({"prompt":"hi",)" + std::string(member) + "}"), name));
    }
    for (const char* prompt : {"[1,2]", "[[1]]", "[\"a\",\"b\"]", "[]", "7", "null"})
        REQUIRE(
            has(refused(openai_completions_client, R"({"prompt":)" + std::string(prompt) + "}"), "prompt"));
    REQUIRE(has(refused(openai_completions_client, R"({"prompt":"a","logprobs":-1})"), "\"logprobs\""));
}

TEST_CASE("a completion is answered as OpenAI does, streamed and whole") {
    const std::string start =
        R"({"id":"cmpl-7-3e80","object":"text_completion","created":16,"model":"chain:latest",)";
    REQUIRE(
        complete("", {thought("hm"), text("H"), text("i"), finished(FinishReason::length), counted(1, 2)}) ==
        start +
            R"("choices":[{"text":"Hi","index":0,"logprobs":null,"finish_reason":"length","reasoning_content":"hm"}],)"
            R"("usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})");
    REQUIRE(complete(R"(,"stream":true,"stream_options":{"include_usage":true})",
                     {text("Hi"), finished(FinishReason::stop), counted(1, 2)}) ==
            "data: " + start +
                R"("choices":[{"text":"Hi","index":0,"logprobs":null,"finish_reason":null}],"usage":null})"
                "\n\n"
                "data: " +
                start +
                R"("choices":[{"text":"","index":0,"logprobs":null,"finish_reason":"stop"}],"usage":null})"
                "\n\n"
                "data: " +
                start +
                R"("choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})"
                "\n\ndata: [DONE]\n\n");
}

TEST_CASE("log probabilities of a completion are lists, their offsets counted in characters") {
    ChatEvent first = text("h\xC3\xA9"), second = text("y");
    first.logprobs =
        R"({"content":[{"token":"h","logprob":-1,"top_logprobs":[{"token":"h","logprob":-1},{"token":"x","logprob":-2}]},)"
        R"({"token":"é","logprob":-3,"top_logprobs":[]}]})";
    second.logprobs = R"({"content":[{"token":"y","logprob":-4}]})";
    REQUIRE(has(
        complete(",\"logprobs\":2", {first, second}),
        R"("logprobs":{"tokens":["h","é","y"],"token_logprobs":[-1,-3,-4],"top_logprobs":[{"h":-1,"x":-2},{},{}],"text_offset":[0,1,2]})"));
    REQUIRE(
        has(complete(",\"logprobs\":2,\"stream\":true", {first, second}),
            R"("logprobs":{"tokens":["y"],"token_logprobs":[-4],"top_logprobs":[{}],"text_offset":[2]})"));
}
