#include "tools/aihub-serve/pipeline/usage_scan.hpp"

#include <catch2/catch.hpp>

namespace aihub::serve {

// For Catch, which finds it beside the type only.
static std::ostream& operator<<(std::ostream& out, const TokenCounts& counts) {
    auto text = [](const std::optional<std::uint64_t>& count) {
        return count ? std::to_string(*count) : std::string("none");
    };
    return out << text(counts.in) << " in, " << text(counts.out) << " out"
               << (counts.estimated ? ", estimated" : "");
}

namespace {

using translate::Api;
using Count = std::optional<std::uint64_t>;

TokenCounts fed(std::initializer_list<std::string> pieces) {
    UsageScan scan;
    scan.begin(Api::chat, "application/json");
    for (const std::string& piece : pieces) scan.feed(piece);
    return scan.counts();
}

void check(const std::string& reply, Count in, Count out) {
    INFO(reply);
    for (std::size_t split = 0; split <= reply.size(); ++split) {
        TokenCounts counts = fed({reply.substr(0, split), reply.substr(split)});
        if (counts.in != in || counts.out != out) FAIL("a split at " << split << " changes the counts");
    }
}

TEST_CASE("the counts of every dialect are found") {
    check(R"({"choices":[{}],"usage":{"prompt_tokens":12,"completion_tokens":34,"total_tokens":46}})", 12,
          34);
    check(
        R"({"usage": {"prompt_tokens": 12, "completion_tokens" : 34, "prompt_tokens_details": {"cached_tokens": 1}}})",
        12, 34);
    check(R"({"content":[],"usage":{"input_tokens":5,"output_tokens":6}})", 5, 6);
    check(R"({"done":true,"prompt_eval_count":7,"prompt_eval_duration":1,"eval_count":8,"eval_duration":2})",
          7, 8);
    check(
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n",
        1, 2);
    check(R"({"usage":{"prompt_tokens":18446744073709551615,"total_tokens":3}})", UINT64_MAX, Count());
}

TEST_CASE("the last counts of a stream are the ones that hold") {
    check(
        "data: {\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":1}}\n\n"
        "data: {\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}\n\n",
        9, 2);
    check("{\"prompt_eval_count\":1,\"eval_count\":1}\n{\"prompt_eval_count\":2,\"eval_count\":3}\n", 2, 3);
}

TEST_CASE("a reply without counts has none, and none is not zero") {
    check("", Count(), Count());
    check(R"({"usage":null})", Count(), Count());
    check(R"({"usage":{"prompt_tokens":null,"completion_tokens":"3"}})", Count(), Count());
    check(R"({"usage":{"prompt_tokens":-1}})", Count(), Count());
    check(R"({"usage":{"prompt_tokens":99999999999999999999999}})", Count(), Count());
    check(R"({"usage":{"prompt_tokens":)", Count(), Count());
    check(R"({"data":[],"usage":{"prompt_tokens":8,"total_tokens":8}})", 8, Count());
    check(R"({"usage":{"prompt_tokens":0,"completion_tokens":0}})", 0, 0);
}

TEST_CASE("counts that a model writes are text, not counts") {
    check(R"({"content":"say \"prompt_tokens\": 5 and \"completion_tokens\":6"})", Count(), Count());
    check(R"({"content":"\"eval_count\":6","usage":{"prompt_tokens":1,"completion_tokens":2}})", 1, 2);
}

TEST_CASE("the counts stand at a reply's end, or else at its beginning") {
    std::string usage = R"({"usage":{"prompt_tokens":1,"completion_tokens":2}})";
    std::string other = R"({"usage":{"prompt_tokens":3}})";
    CHECK(fed({std::string(100'000, 'x'), usage}).in == 1U);
    CHECK(fed({std::string(100'000, 'x') + usage}).out == 2U);
    CHECK(fed({usage, std::string(2000, 'x')}).in == 1U);
    CHECK(fed({other + std::string(100'000, 'x') + usage}).in == 1U);
    CHECK_FALSE(fed({std::string(2000, 'x'), usage, std::string(2000, 'x')}).in);
    CHECK_FALSE(fed({std::string(2000, 'x') + usage + std::string(2000, 'x')}).in);
    std::string half(600, 'x');
    CHECK(fed({half, half, usage, half}).in == 1U);
    UsageScan scan;
    for (int i = 0; i < 5000; ++i) scan.feed("x");
    for (char c : usage) scan.feed({&c, 1});
    CHECK(scan.counts().in == 1U);
    CHECK(scan.counts().out == 2U);
}

constexpr std::string_view events = "text/event-stream; charset=utf-8";
constexpr std::string_view lines = "application/x-ndjson";
constexpr std::string_view document = "application/json";

// Of a reply to a request with 40 bytes of text, wherever it is split.
TokenCounts ended(Api api, std::string_view type, const std::string& reply) {
    std::optional<TokenCounts> first;
    for (std::size_t split = 0; split <= reply.size(); ++split) {
        UsageScan scan;
        scan.begin(api, type);
        scan.feed(std::string_view(reply).substr(0, split));
        scan.feed(std::string_view(reply).substr(split));
        if (!scan.end()) scan.estimate(40);
        if (!first) first = scan.counts();
        if (!(*first == scan.counts())) FAIL("a split at " << split << " changes the counts of " << reply);
    }
    return *first;
}

std::string event(const std::string& text) {
    return "data: " + text + "\n\n";
}

const std::string role = event(R"({"choices":[{"index":0,"delta":{"role":"assistant","content":null}}]})");
const std::string word = event(R"({"choices":[{"delta":{"role":"assistant","content":"a"},"index":0}]})");
const std::string stop = event(R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})");

TEST_CASE("the counts of a stream stand wherever its events have them") {
    std::string far = event(R"({"x":")" + std::string(5000, 'x') + "\"}");
    std::string counts = event(R"({"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2}})");
    CHECK(ended(Api::chat, events, role + word + word + stop + counts + event("[DONE]")) ==
          TokenCounts{7, 2});
    UsageScan scan;
    scan.begin(Api::chat, events);
    scan.feed(counts + far + far);
    CHECK(scan.counts() == TokenCounts{7, 2});
}

TEST_CASE("Anthropic's counts come in two events, and what was cached counts as asked") {
    std::string start = "event: message_start\n" +
                        event(R"({"type":"message_start","message":{"usage":{"cache_read_input_tokens":15,)"
                              R"("cache_creation_input_tokens":4,"input_tokens":1,"output_tokens":1}}})");
    std::string part = event(R"({"type":"content_block_delta","delta":{"type":"text_delta","text":"a"}})");
    std::string end = event(R"({"type":"message_delta","delta":{},"usage":{"output_tokens":9}})");
    CHECK(ended(Api::messages, events, start + part + part + end) == TokenCounts{20, 9});
    CHECK(ended(Api::messages, events, start + part + part) == TokenCounts{20, 2, true});
    std::string revised = event(R"({"type":"message_delta","usage":{"input_tokens":3,"output_tokens":9}})");
    CHECK(ended(Api::messages, events, start + part + revised) == TokenCounts{22, 9});
    CHECK(ended(Api::messages, document,
                R"({"usage":{"cache_read_input_tokens":5,"input_tokens":1,"output_tokens":4}})") ==
          TokenCounts{6, 4});
}

TEST_CASE("the response that ends a stream of responses has its counts") {
    std::string part = event(R"({"type":"response.output_text.delta","delta":"a"})");
    std::string created = event(R"({"type":"response.created","response":{"usage":null}})");
    std::string completed =
        event(R"({"response":{"usage":{"input_tokens":16,"input_tokens_details":{"cached_tokens":15},)"
              R"("output_tokens":4}},"type":"response.completed"})");
    CHECK(ended(Api::responses, events, created + part + completed) == TokenCounts{16, 4});
    CHECK(ended(Api::responses, events, created + part + part) == TokenCounts{10, 2, true});
}

TEST_CASE("of a stream without counts the parts that bring something are counted") {
    CHECK(ended(Api::chat, events, role + word + word + word + stop) == TokenCounts{10, 3, true});
    CHECK(ended(Api::chat, events, role) == TokenCounts{10, 0, true});
    std::string thought = event(R"({"choices":[{"delta":{"content": null, "reasoning_content": "a"}}]})");
    std::string call = event(R"({"choices":[{"delta":{"tool_calls":[{"function":{"arguments":"{"}}]}}]})");
    std::string named =
        event(R"({"choices":[{"delta":{"tool_calls":[{"function":{"name":"f","arguments":""}}]}}]})");
    CHECK(ended(Api::chat, events, thought + named + call) == TokenCounts{10, 2, true});
    std::string quoted = event(R"({"choices":[{"delta":{"content":"\"delta\":{\"content\":\"a\"}"}}]})");
    CHECK(ended(Api::chat, events, quoted) == TokenCounts{10, 1, true});
    std::string text = event(R"({"choices":[{"text":"a"}]})");
    CHECK(ended(Api::completions, events, text + text + event(R"({"choices":[{"text":""}]})")) ==
          TokenCounts{10, 2, true});
    CHECK(ended(Api::ollama_chat, lines, "{\"done\":false}\n{\"done\":false}\n{\"do") ==
          TokenCounts{10, 2, true});
    CHECK(ended(Api::ollama_chat, lines, "{\"done\":false}\n{\"prompt_eval_count\":5,\"eval_count\":6}\n") ==
          TokenCounts{5, 6});
}

TEST_CASE("counts of zero before the last chunk are none") {
    std::string zero =
        event(R"({"choices":[{"text":"a"}],"usage":{"prompt_tokens":0,"completion_tokens":0}})");
    CHECK(ended(Api::completions, events, zero + zero) == TokenCounts{10, 2, true});
    std::string counts = event(R"({"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}})");
    CHECK(ended(Api::completions, events, zero + zero + counts) == TokenCounts{3, 2});
}

TEST_CASE("a document without counts is estimated by its text") {
    CHECK(ended(Api::chat, document, R"({"id":"x","choices":[{"message":{"content":"0123456789"}}]})") ==
          TokenCounts{10, 7, true});
    CHECK(ended(Api::ollama_embeddings, document, R"({"embedding":[0.1]})") ==
          TokenCounts{10, Count(), true});
    CHECK(ended(Api::embeddings, document, R"({"usage":{"prompt_tokens":8,"total_tokens":8}})") ==
          TokenCounts{8, Count()});
}

TEST_CASE("what costs no tokens is not estimated") {
    UsageScan scan;
    scan.begin(std::nullopt, document);
    scan.feed(R"({"models":[]})");
    CHECK(scan.end());
    CHECK(scan.counts() == TokenCounts{});
}

TEST_CASE("counts that are known come before those that were found") {
    UsageScan scan;
    scan.begin(Api::chat, events);
    scan.feed(word + event(R"({"usage":{"prompt_tokens":3,"completion_tokens":2}})"));
    scan.set({std::nullopt, 5});
    if (!scan.end()) scan.estimate(40);
    CHECK(scan.counts() == TokenCounts{3, 5});
}

TEST_CASE("a line that never ends is not kept") {
    UsageScan scan;
    scan.begin(Api::chat, events);
    for (int i = 0; i < 100; ++i) scan.feed(std::string(100'000, 'x'));
    scan.feed("\n\n" + word);
    if (!scan.end()) scan.estimate(40);
    CHECK(scan.counts() == TokenCounts{10, 1, true});
}

}  // namespace
}  // namespace aihub::serve
