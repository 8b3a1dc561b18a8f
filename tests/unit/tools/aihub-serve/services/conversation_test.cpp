#include "tools/aihub-serve/services/conversation.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <set>
#include <string>

namespace aihub::serve {
namespace {

std::string chat(const std::string& messages, const std::string& more = {}) {
    return R"({"model":"m",)" + more + R"("messages":[)" + messages + "]}";
}

const std::string system_prompt = R"({"role":"system","content":"Be brief."})";

std::string user(const std::string& text) {
    return R"({"role":"user","content":")" + text + R"("})";
}

TEST_CASE("later turns are of the same conversation") {
    std::uint64_t first = conversation_of(chat(system_prompt + "," + user("hello")));
    CHECK(first != 0);
    CHECK(conversation_of(chat(system_prompt + "," + user("hello") +
                               R"(,{"role":"assistant","content":"hi"},)" + user("more"))) == first);
}

TEST_CASE("the first message tells conversations under one system prompt apart") {
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 100; ++i)
        seen.insert(conversation_of(chat(system_prompt + "," + user("question " + std::to_string(i)))));
    CHECK(seen.size() == 100);
}

TEST_CASE("another model, system prompt, or a developer's instead of a system's is another conversation") {
    std::string hello = user("hello");
    std::set<std::uint64_t> seen = {
        conversation_of(chat(hello)),
        conversation_of(chat(system_prompt + "," + hello)),
        conversation_of(chat(R"({"role":"developer","content":"Be brief."},)" + hello)),
        conversation_of(chat(hello, R"("system":"Be brief.",)")),
        conversation_of(R"({"model":"other","messages":[)" + hello + "]}"),
    };
    CHECK(seen.size() == 5);
    CHECK_FALSE(seen.contains(0));
}

TEST_CASE("parameters make no other conversation, and neither do cache marks or the form of a text") {
    std::uint64_t plain = conversation_of(chat(user("hello")));
    for (const char* more : {R"("stream":true,)", R"("temperature":0.7,"stop":["a","b"],)",
                             R"("tools":[{"type":"function","function":{"name":"f"}}],)", "\n  "})
        CHECK(conversation_of(chat(user("hello"), more)) == plain);
    CHECK(conversation_of(chat(R"({"role":"user","content":[{"type":"text","text":"hello"}]})")) == plain);
    CHECK(
        conversation_of(chat(
            R"({"role":"user","content":[{"type":"text","text":"hello","cache_control":{"type":"ephemeral","ttl":"1h"}}]})")) ==
        plain);
}

TEST_CASE("Anthropic's system blocks, OpenAI's instructions and input count") {
    auto messages = [](const std::string& system) {
        return conversation_of(R"({"model":"m","system":[{"type":"text","text":")" + system +
                               R"("}],"messages":[{"role":"user","content":"hello"}]})");
    };
    CHECK(messages("a") == messages("a"));
    CHECK(messages("a") != messages("b"));
    auto responses = [](const std::string& instructions, const std::string& input) {
        return conversation_of(R"({"instructions":")" + instructions + R"(","input":)" + input + "}");
    };
    CHECK(responses("a", R"("hello")") != 0);
    CHECK(responses("a", R"("hello")") != responses("b", R"("hello")"));
    CHECK(responses("a", R"("hello")") != responses("a", R"("bye")"));
    std::string item = R"({"role":"user","content":[{"type":"input_text","text":"hello"}]})";
    CHECK(responses("a", "[" + item + "]") == responses("a", "[" + item + R"(,{"type":"function_call"}])"));
}

TEST_CASE("what stands behind the messages counts no less in the first turn than later") {
    auto body = [](const std::string& messages) {
        return R"({"messages":[)" + messages + R"(],"model":"m","system":"s"})";
    };
    CHECK(conversation_of(body(user("hello"))) == conversation_of(body(user("hello") + "," + user("more"))));
    std::string cut = body(user("hello") + "," + user("more"));
    CHECK(conversation_of(std::string_view(cut).substr(0, cut.size() - 20)) == conversation_of(cut));
}

TEST_CASE("a key for the prompt cache decides, wherever it stands") {
    std::string key = R"("prompt_cache_key":"user-7",)";
    CHECK(conversation_of(chat(user("a"), key)) == conversation_of(chat(user("b"), key)));
    CHECK(conversation_of(R"({"input":"a","prompt_cache_key":"user-7"})") ==
          conversation_of(chat(user("b"), key)));
    CHECK(conversation_of(chat(user("a"), R"("prompt_cache_key":"user-8",)")) !=
          conversation_of(chat(user("a"), key)));
    CHECK(conversation_of(chat(user("a"), R"("metadata":{"prompt_cache_key":"x"},)")) ==
          conversation_of(chat(user("a"))));
}

TEST_CASE("a body without messages is no conversation") {
    for (const char* body : {"", "{}", "[]", "null", R"({"model":"m"})", R"({"messages":[]})",
                             R"({"messages":[{"role":"system","content":"s"}]})", R"([{"messages":"a"}])"})
        CHECK(conversation_of(body) == 0);
    CHECK(conversation_of_session("") == 0);
    CHECK(conversation_of_session("a") != conversation_of_session("b"));
}

TEST_CASE("quotes and escapes inside of texts end nothing") {
    std::string a = chat(user(R"(say \"hi\" \\)") + "," + user("one"));
    std::string b = chat(user(R"(say \"hi\" \\)") + "," + user("two"));
    std::string c = chat(user(R"(say \"ho\" \\)"));
    CHECK(conversation_of(a) == conversation_of(b));
    CHECK(conversation_of(a) != conversation_of(c));
}

TEST_CASE("no cut makes the walk leave the text") {
    std::string body = chat(system_prompt + "," + user(R"(a \\\" b)") + R"(,{"content":[[[{"x":[1,{}]}]]]})");
    for (std::size_t length = 0; length <= body.size(); ++length) {
        std::string exact(body, 0, length);
        exact.shrink_to_fit();
        conversation_of(exact);
    }
    CHECK(conversation_of(std::string(1000, '[')) == 0);
    CHECK(conversation_of(R"({"messages":)" + std::string(100'000, '[')) == 0);
}

TEST_CASE("finding the conversation of a body with 20 MB of image", "[.bench]") {
    std::string image(20'000'000, 'A');
    std::string body =
        chat(system_prompt + R"(,{"role":"user","content":[{"type":"text","text":"look"},)" +
             R"({"type":"image_url","image_url":{"url":"data:image/png;base64,)" + image + R"("}}]})");
    auto begin = std::chrono::steady_clock::now();
    CHECK(conversation_of(body) != 0);
    std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
    WARN("20 MB: " << took.count() << " us");
}

}  // namespace
}  // namespace aihub::serve
