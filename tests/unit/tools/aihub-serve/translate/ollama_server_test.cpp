#include <catch2/catch.hpp>

#include "tools/aihub-serve/translate/chat_sides.hpp"
#include "tools/aihub-serve/translate/json_text.hpp"

using namespace aihub::translate;

namespace {

using Kind = ChatEvent::Kind;

Json json(std::string_view text) {
    auto parsed = read_json(text);
    REQUIRE(parsed);
    return *parsed;
}

aihub::Result<Json> write(std::string_view common) {
    return ollama_chat_server({})->write(json(common));
}

// What becomes of a request with these members besides model and messages.
Json written_with(const std::string& members) {
    auto request = write(R"({"model":"m","messages":[],)" + members + "}");
    INFO(members);
    REQUIRE(request);
    return *request;
}

std::string refusal_of(const std::string& members) {
    auto request = write(R"({"model":"m","messages":[],)" + members + "}");
    INFO(members);
    REQUIRE_FALSE(request);
    REQUIRE(request.error().code == aihub::ErrorCode::invalid_input);
    return request.error().message;
}

Json messages_of(const std::string& messages) {
    auto request = write(R"({"model":"m","messages":)" + messages + "}");
    INFO(messages);
    REQUIRE(request);
    return member(*request, "messages");
}

std::string message_refusal(const std::string& message) {
    auto request = write(R"({"model":"m","messages":[)" + message + "]}");
    INFO(message);
    REQUIRE_FALSE(request);
    return request.error().message;
}

struct Heard {
    std::vector<ChatEvent> events;
    Verdict verdict = Verdict::nonsense;
    std::string trouble;

    std::string text_of(Kind kind) const {
        std::string text;
        for (const ChatEvent& event : events)
            if (event.kind == kind) text += event.text;
        return text;
    }
    const ChatEvent* first(Kind kind) const {
        for (const ChatEvent& event : events)
            if (event.kind == kind) return &event;
        return nullptr;
    }
};

// The reply, cut in two at `cut`.
Heard hear(std::string_view reply, bool stream = true, std::size_t cut = 0) {
    auto server = ollama_chat_server({});
    REQUIRE(server->write({{"model", "m"}, {"messages", Json::array()}, {"stream", stream}}));
    Heard heard;
    auto sink = [&](const ChatEvent& event) { heard.events.push_back(event); };
    if (!server->feed(reply.substr(0, cut), sink) || !server->feed(reply.substr(cut), sink)) return heard;
    heard.verdict = server->end(sink);
    heard.trouble = server->trouble();
    return heard;
}

std::string piece(const std::string& content) {
    return R"({"model":"m","created_at":"2025-01-01T00:00:00Z","message":{"role":"assistant","content":")" +
           content + "\"},\"done\":false}\n";
}

std::string last(const std::string& reason, const std::string& message = R"("content":"")") {
    return R"({"model":"m","message":{"role":"assistant",)" + message + R"(},"done":true,"done_reason":")" +
           reason +
           R"(","total_duration":90,"load_duration":10,"prompt_eval_count":7,"prompt_eval_duration":20,)"
           R"("eval_count":3,"eval_duration":50})" +
           "\n";
}

}  // namespace

TEST_CASE("a chat goes to Ollama with its model, its messages and whether it streams") {
    Json request = *write(R"({"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true})");
    CHECK(request == json(R"({"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true})"));
}

TEST_CASE("a chat that does not say that it streams says to Ollama that it does not") {
    CHECK(member(*write(R"({"model":"m","messages":[]})"), "stream") == false);
    CHECK(member(written_with(R"("stream":null)"), "stream") == false);
}

TEST_CASE("settings of a chat become Ollama's options") {
    Json request = written_with(
        R"("temperature":0.25,"top_p":0.5,"top_k":40,"min_p":0.1,"typical_p":0.9,"seed":7,"presence_penalty":0.3,)"
        R"("frequency_penalty":-0.4,"repeat_penalty":1.1,"repeat_last_n":64,"max_tokens":12,"stop":"END")");
    CHECK(member(request, "options") ==
          json(R"({"temperature":0.25,"top_p":0.5,"top_k":40,"min_p":0.1,"typical_p":0.9,"seed":7,)"
               R"("presence_penalty":0.3,"frequency_penalty":-0.4,"repeat_penalty":1.1,"repeat_last_n":64,)"
               R"("num_predict":12,"stop":["END"]})"));
}

TEST_CASE("a chat without settings leaves Ollama its own") {
    CHECK_FALSE(write(R"({"model":"m","messages":[]})")->contains("options"));
    CHECK_FALSE(
        written_with(R"("temperature":null,"stop":[],"logit_bias":{},"functions":[])").contains("options"));
}

TEST_CASE("max_completion_tokens counts before max_tokens, wherever it stands") {
    CHECK(written_with(R"("max_completion_tokens":5,"max_tokens":9)")["options"]["num_predict"] == 5);
    CHECK(written_with(R"("max_tokens":9,"max_completion_tokens":5)")["options"]["num_predict"] == 5);
}

TEST_CASE("how long a model stays is said in seconds") {
    CHECK(member(written_with(R"("ttl":90)"), "keep_alive") == 90);
}

TEST_CASE("a response format becomes Ollama's format") {
    CHECK(member(written_with(R"("response_format":{"type":"json_object"})"), "format") == "json");
    CHECK(member(written_with(
                     R"("response_format":{"type":"json_schema","json_schema":{"name":"x","strict":true,)"
                     R"("schema":{"type":"object","properties":{}}}})"),
                 "format") == json(R"({"type":"object","properties":{}})"));
    CHECK(member(written_with(R"("response_format":{"type":"json_object","schema":{"type":"array"}})"),
                 "format") == json(R"({"type":"array"})"));
    CHECK_FALSE(written_with(R"("response_format":{"type":"text"})").contains("format"));
    CHECK(refusal_of(R"("response_format":{"type":"json_schema"})").find("json_schema.schema") !=
          std::string::npos);
    CHECK(refusal_of(R"("response_format":{"type":"grammar","grammar":"x"})").find("response_format") == 1);
}

TEST_CASE("reasoning effort becomes Ollama's think") {
    auto think = [](const std::string& members) { return member(written_with(members), "think"); };
    CHECK(think(R"("reasoning_effort":"low")") == "low");
    CHECK(think(R"("reasoning_effort":"minimal")") == "low");
    CHECK(think(R"("reasoning_effort":"high")") == "high");
    CHECK(think(R"("reasoning_effort":"none")") == false);
    CHECK(think(R"("reasoning":{"effort":"medium"})") == "medium");
    CHECK(think(R"("chat_template_kwargs":{"enable_thinking":true})") == true);
    CHECK(think(R"("chat_template_kwargs":{"enable_thinking":true},"reasoning_effort":"low")") == "low");
    CHECK(think(R"("reasoning_effort":"low","chat_template_kwargs":{"enable_thinking":true})") == "low");
    CHECK(think(R"("reasoning_effort":"low","chat_template_kwargs":{"enable_thinking":false})") == false);
    CHECK(think(R"("chat_template_kwargs":{"enable_thinking":false},"reasoning_effort":"low")") == false);
    CHECK(think(R"("user":"x")").is_null());
    CHECK(refusal_of(R"("reasoning_effort":"immense")").find("reasoning_effort") == 1);
    CHECK(refusal_of(R"("chat_template_kwargs":{"custom":1})").find("chat_template_kwargs.custom") == 1);
    CHECK(refusal_of(R"("reasoning":{"max_tokens":5})").find("reasoning.max_tokens") == 1);
}

TEST_CASE("log probabilities are Ollama's as well") {
    Json request = written_with(R"("logprobs":true,"top_logprobs":3)");
    CHECK(member(request, "logprobs") == true);
    CHECK(member(request, "top_logprobs") == 3);
}

TEST_CASE("tools go as they are, and not at all when no call is wanted") {
    const std::string tools =
        R"("tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}])";
    CHECK(member(written_with(tools), "tools").size() == 1);
    CHECK(member(written_with(tools + R"(,"tool_choice":"auto")"), "tools").size() == 1);
    CHECK_FALSE(written_with(tools + R"(,"tool_choice":"none")").contains("tools"));
    CHECK(member(written_with(tools + R"(,"parallel_tool_calls":true)"), "tools").size() == 1);
    CHECK(refusal_of(tools + R"(,"tool_choice":"required")").find("tool_choice") == 1);
    CHECK(refusal_of(tools + R"(,"tool_choice":{"type":"function","function":{"name":"f"}})")
              .find("tool_choice") == 1);
    CHECK(refusal_of(tools + R"(,"parallel_tool_calls":false)").find("parallel_tool_calls") == 1);
    CHECK(refusal_of(R"("tools":[{"type":"web_search"}])").find("tools") == 1);
}

TEST_CASE("one call at a time is easily had where there is nothing to call") {
    CHECK_FALSE(written_with(R"("parallel_tool_calls":false)").contains("tools"));
}

TEST_CASE("what has no effect on an answer is accepted") {
    Json request = written_with(
        R"("user":"u","metadata":{"a":"b"},"store":true,"service_tier":"auto","prompt_cache_key":"k",)"
        R"("safety_identifier":"s","verbosity":"low","stream_options":{"include_usage":true},"n":1,)"
        R"("modalities":["text"])");
    CHECK(request == json(R"({"model":"m","messages":[],"stream":false})"));
}

TEST_CASE("what Ollama cannot do is refused by name") {
    for (std::string member : {R"("n":2)", R"("logit_bias":{"5":1})", R"("prediction":{"type":"content"})",
                               R"("audio":{"voice":"x"})", R"("modalities":["text","audio"])",
                               R"("web_search_options":{})", R"("functions":[{"name":"f"}])",
                               R"("function_call":"auto")", R"("mirostat":1)", R"("something_new":1)"}) {
        std::string name = member.substr(1, member.find('"', 1) - 1);
        std::string said = refusal_of(member);
        CHECK(said.find(name) == 1);
        CHECK(said.find(name_of(Api::ollama_chat)) != std::string::npos);
    }
}

TEST_CASE("members of a wrong type are refused by name") {
    for (std::string member :
         {R"("temperature":"hot")", R"("seed":1.5)", R"("max_tokens":"many")", R"("stop":5)",
          R"("stop":["a",5])", R"("logprobs":1)", R"("top_logprobs":"3")", R"("tools":{})",
          R"("response_format":"json")", R"("ttl":"5m")", R"("n":"1")"}) {
        std::string name = member.substr(1, member.find('"', 1) - 1);
        std::string said = refusal_of(member);
        CHECK(said.find(name) == 1);
        CHECK(said.find("must be") != std::string::npos);
    }
    CHECK_FALSE(write(R"({"model":"m"})"));
    CHECK_FALSE(write(R"({"model":"m","messages":{}})"));
}

TEST_CASE("roles are Ollama's; the developer speaks as the system") {
    CHECK(messages_of(R"([{"role":"developer","content":"a"},{"role":"system","content":"b"}])") ==
          json(R"([{"role":"system","content":"a"},{"role":"system","content":"b"}])"));
    CHECK(message_refusal(R"({"role":"function","content":"x"})").find("messages[0].role") == 1);
    CHECK(message_refusal(R"({"content":"x"})").find("messages[0]") == 1);
    CHECK(message_refusal("5").find("messages[0]") == 1);
}

TEST_CASE("parts of a message become its text and its images") {
    CHECK(messages_of(
              R"([{"role":"user","content":[{"type":"text","text":"a"},)"
              R"({"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":"high"}},)"
              R"({"type":"image_url","image_url":"data:image/png;base64,BBBB"},)"
              R"({"type":"input_audio","input_audio":{"data":"CCCC","format":"wav"}},)"
              R"({"type":"text","text":"b"}]}])") ==
          json(R"([{"role":"user","content":"a\nb","images":["AAAA","BBBB","CCCC"]}])"));
}

TEST_CASE("images that Ollama would have to fetch are refused with what to do") {
    auto request = write(R"({"model":"m","messages":[{"role":"user","content":)"
                         R"([{"type":"image_url","image_url":{"url":"https://example.org/a.png"}}]}]})");
    REQUIRE_FALSE(request);
    CHECK(request.error().message.find("messages[0].content[0].image_url.url") == 1);
    CHECK(request.error().hint == "send it as a data: URL");
}

TEST_CASE("parts that are none are refused by their place") {
    auto said = [](const std::string& part) {
        return message_refusal(R"({"role":"user","content":[{"type":"text","text":"a"},)" + part + "]}");
    };
    CHECK(said("7").find("messages[0].content[1]") == 1);
    CHECK(said(R"({"type":"text"})").find("messages[0].content[1].text") == 1);
    CHECK(said(R"({"type":"file","file":{}})").find("messages[0].content[1].file") == 1);
    CHECK(said(R"({"type":"image_url","image_url":{"url":"data:image/png,raw"}})").find("data: URL") !=
          std::string::npos);
    CHECK(said(R"({"type":"input_audio","input_audio":{}})").find("input_audio.data") != std::string::npos);
}

TEST_CASE("calls of tools and their results find each other in Ollama's form") {
    CHECK(messages_of(
              R"([{"role":"assistant","content":null,"tool_calls":[)"
              R"({"id":"c1","type":"function","function":{"name":"f","arguments":"{\"z\":1,\"a\":2}"}},)"
              R"({"id":"c2","type":"function","function":{"name":"g","arguments":""}}]},)"
              R"({"role":"tool","tool_call_id":"c2","content":"two"},)"
              R"({"role":"tool","tool_call_id":"c1","content":"one"},)"
              R"({"role":"tool","tool_call_id":"c9","name":"h","content":"nine"}])") ==
          json(R"([{"role":"assistant","content":"","tool_calls":[)"
               R"({"id":"c1","function":{"name":"f","arguments":{"z":1,"a":2}}},)"
               R"({"id":"c2","function":{"name":"g","arguments":{}}}]},)"
               R"({"role":"tool","content":"two","tool_name":"g","tool_call_id":"c2"},)"
               R"({"role":"tool","content":"one","tool_name":"f","tool_call_id":"c1"},)"
               R"({"role":"tool","content":"nine","tool_call_id":"c9","tool_name":"h"}])"));
}

TEST_CASE("a result belongs to the last call before it that has its id") {
    Json messages = messages_of(
        R"([{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"old","arguments":"{}"}}]},)"
        R"({"role":"assistant","tool_calls":[{"id":"c","function":{"name":"new","arguments":"{}"}}]},)"
        R"({"role":"tool","tool_call_id":"c","content":""},)"
        R"({"role":"assistant","tool_calls":[{"id":"c","function":{"name":"later","arguments":"{}"}}]}])");
    CHECK(messages[2]["tool_name"] == "new");
}

TEST_CASE("arguments that are no object are refused") {
    for (std::string arguments : {"[1]", "5", "{", "nonsense"}) {
        std::string said =
            message_refusal(R"({"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f",)"
                            R"("arguments":")" +
                            arguments + R"("}}]})");
        CHECK(said == "\"messages[0].tool_calls[0].function.arguments\" must be a JSON object");
    }
    CHECK(message_refusal(R"({"role":"assistant","tool_calls":[{"id":"c"}]})").find("function.name") !=
          std::string::npos);
}

TEST_CASE("what an assistant thought and refused is told again") {
    CHECK(
        messages_of(R"([{"role":"assistant","content":"a","reasoning_content":"hm","annotations":[]},)"
                    R"({"role":"assistant","content":null,"refusal":"no"}])") ==
        json(R"([{"role":"assistant","content":"a","thinking":"hm"},{"role":"assistant","content":"no"}])"));
}

TEST_CASE("members of a message that Ollama lacks are refused by their place") {
    CHECK(message_refusal(R"({"role":"user","content":"a","name":"Ann"})").find("messages[0].name") == 1);
    CHECK(message_refusal(R"({"role":"assistant","audio":{"id":"x"}})").find("messages[0].audio") == 1);
}

TEST_CASE("a stream of lines becomes text, an end and counts, however it is cut") {
    const std::string reply = piece("Hel") + piece("lo\\n") + "\r\n" + last("stop");
    for (std::size_t cut = 0; cut <= reply.size(); ++cut) {
        Heard heard = hear(reply, true, cut);
        CHECK(heard.text_of(Kind::text) == "Hello\n");
        REQUIRE(heard.events.size() == 4);
        CHECK(heard.events[2].kind == Kind::finish);
        CHECK(heard.events[2].reason == FinishReason::stop);
        CHECK(heard.events[3].usage.in == 7);
        CHECK(heard.events[3].usage.out == 3);
        CHECK(heard.events[3].timing.total == 90);
        CHECK(heard.events[3].timing.load == 10);
        CHECK(heard.events[3].timing.prompt == 20);
        CHECK(heard.events[3].timing.generation == 50);
        CHECK(heard.verdict == Verdict::whole);
    }
}

TEST_CASE("pieces are told as soon as their line is there") {
    auto server = ollama_chat_server({});
    REQUIRE(server->write(json(R"({"model":"m","messages":[],"stream":true})")));
    std::vector<std::string> told;
    auto sink = [&](const ChatEvent& event) { told.push_back(event.text); };
    std::string two = piece("a") + piece("b");
    REQUIRE(server->feed(two.substr(0, two.size() - 1), sink));
    CHECK(told == std::vector<std::string>{"a"});
    REQUIRE(server->feed("\n", sink));
    CHECK(told == std::vector<std::string>{"a", "b"});
}

TEST_CASE("a whole reply may stand on one line or on several") {
    std::string document = last("length", R"("thinking":"hm","content":"text")");
    for (const std::string& form : {document, json(document).dump(2)}) {
        Heard heard = hear(form, false);
        CHECK(heard.text_of(Kind::reasoning) == "hm");
        CHECK(heard.text_of(Kind::text) == "text");
        CHECK(heard.first(Kind::finish)->reason == FinishReason::length);
        CHECK(heard.verdict == Verdict::whole);
    }
}

TEST_CASE("calls of tools come whole, in their order, and are the reason of the end") {
    Heard heard = hear(
        R"({"message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"z":1,"a":2}}},)"
        R"({"id":"own","function":{"index":1,"name":"g","arguments":{}}}]},"done":false})"
        "\n" +
        last("stop", R"("content":"","tool_calls":[{"function":{"index":0,"name":"h","arguments":{}}}])"));
    REQUIRE(heard.events.size() == 5);
    for (std::size_t at = 0; at < 3; ++at) {
        CHECK(heard.events[at].kind == Kind::tool_call);
        CHECK(heard.events[at].index == at);
    }
    CHECK(heard.events[0].name == "f");
    CHECK(heard.events[0].text == R"({"z":1,"a":2})");
    CHECK(heard.events[0].id.empty());
    CHECK(heard.events[1].id == "own");
    CHECK(heard.events[2].name == "h");
    CHECK(heard.events[3].reason == FinishReason::tool_calls);
}

TEST_CASE("an answer that was cut says so, whatever it called") {
    Heard heard = hear(last("length", R"("tool_calls":[{"function":{"name":"h","arguments":{}}}])"));
    CHECK(heard.first(Kind::finish)->reason == FinishReason::length);
}

TEST_CASE("a model that was only loaded has finished") {
    Heard heard =
        hear(R"({"message":{"role":"assistant","content":""},"done":true,"done_reason":"load"})", false);
    CHECK(heard.first(Kind::finish)->reason == FinishReason::stop);
    CHECK_FALSE(heard.first(Kind::usage)->usage.in);
    CHECK(heard.verdict == Verdict::whole);
}

TEST_CASE("log probabilities come with their text in OpenAI's form") {
    Heard heard =
        hear(R"({"message":{"content":"a"},"logprobs":[{"token":"a","logprob":-0.5,"bytes":[97],)"
             R"("top_logprobs":[{"token":"a","logprob":-0.5}]},{"token":"","logprob":-1}],"done":false})"
             "\n" +
             last("stop"));
    CHECK(
        json(heard.events[0].logprobs) ==
        json(
            R"({"content":[{"token":"a","logprob":-0.5,"bytes":[97],"top_logprobs":[{"token":"a","logprob":-0.5}]},)"
            R"({"token":"","logprob":-1,"bytes":null,"top_logprobs":[]}],"refusal":null})"));
}

TEST_CASE("a stream that ends without its last line is broken off") {
    CHECK(hear(piece("a")).verdict == Verdict::broken_off);
    CHECK(hear("").verdict == Verdict::broken_off);
    CHECK(hear(piece("a") + R"({"message":{"cont)").verdict == Verdict::broken_off);
    CHECK(hear(R"({"message":{"content":"a"},)", false).verdict == Verdict::broken_off);
}

TEST_CASE("an error in mid-stream breaks it off with the server's words, and nothing after it is told") {
    const std::string reply =
        piece("a") + "{\"error\":\"the model's process died\"}\n" + piece("b") + last("stop");
    for (std::size_t cut = 0; cut <= reply.size(); ++cut) {
        Heard heard = hear(reply, true, cut);
        CHECK(heard.text_of(Kind::text) == "a");
        CHECK(heard.verdict == Verdict::broken_off);
        CHECK(heard.trouble == "the model's process died");
    }
}

TEST_CASE("what follows the last line of a stream is not told") {
    Heard heard = hear(last("stop") + piece("late"));
    CHECK(heard.text_of(Kind::text).empty());
    CHECK(heard.verdict == Verdict::whole);
}

TEST_CASE("lines that are no objects are nonsense") {
    for (std::string line : {"data: {}", "[]", "5", "{\"a\":", "<html>", "\xff"})
        CHECK(hear(line + "\n" + last("stop")).verdict == Verdict::nonsense);
    CHECK(hear(std::string(4000, '[') + "\n").verdict == Verdict::nonsense);
}

TEST_CASE("members of unexpected types in a line are as good as absent") {
    Heard heard =
        hear(R"({"message":7,"done":false})"
             "\n"
             R"({"message":{"content":5,"tool_calls":[4,{"function":[]}],"thinking":null},"done":"yes"})"
             "\n"
             R"({"done":true,"prompt_eval_count":-3,"eval_count":"x","total_duration":1.5})"
             "\n");
    CHECK(heard.verdict == Verdict::whole);
    CHECK(heard.text_of(Kind::text).empty());
    CHECK_FALSE(heard.first(Kind::usage)->usage.in);
    CHECK_FALSE(heard.first(Kind::usage)->usage.out);
}
