#include "tests/unit/tools/aihub-serve/translate/client_fixture.hpp"
#include "tools/aihub-serve/translate/argument_scan.hpp"

using namespace aihub::translate;

namespace {

using Events = std::vector<ChatEvent>;

std::string written_for(const std::string& members, const Events& events) {
    auto side = anthropic_client(some_circumstances());
    auto common = side->read(json_of(
        R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}])" + members + "}"));
    REQUIRE(common);
    return written(*side, events);
}

Json whole(const Events& events) {
    return json_of(written_for("", events));
}

std::vector<Json> streamed(const Events& events, const std::string& members = {}) {
    return events_of(written_for(R"(,"stream":true)" + members, events));
}

// A reader as the official clients are: a block begins, grows and ends before the next one begins.
Json accumulated(const std::vector<Json>& events) {
    Json content = Json::array();
    bool open = false;
    for (const Json& event : events) {
        std::string_view type = text_member(event, "type");
        if (type == "content_block_start") {
            REQUIRE_FALSE(open);
            REQUIRE(event["index"] == content.size());
            content.push_back(event["content_block"]);
            if (content.back()["type"] == "tool_use") content.back()["input"] = "";
            open = true;
        } else if (type == "content_block_delta") {
            REQUIRE(open);
            REQUIRE(event["index"] == content.size() - 1);
            const Json& delta = event["delta"];
            Json& block = content.back();
            std::string_view kind = text_member(delta, "type");
            const char* from = kind == "text_delta"         ? "text"
                               : kind == "thinking_delta"   ? "thinking"
                               : kind == "input_json_delta" ? "partial_json"
                                                            : "signature";
            const char* to = kind == "input_json_delta" ? "input" : from;
            block[to] = block[to].get<std::string>() + delta[from].get<std::string>();
        } else if (type == "content_block_stop") {
            REQUIRE(open);
            open = false;
        }
    }
    REQUIRE_FALSE(open);
    return content;
}

}  // namespace

TEST_CASE("a whole reply has Anthropic's shape") {
    Json message = whole({text("Hel"), text("lo"), finished(FinishReason::stop), used(10, 2, 4)});
    REQUIRE(json_text(message) ==
            R"({"id":"msg_a1_b_219c1c38a47b","type":"message","role":"assistant","model":"as-asked",)"
            R"("content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","stop_sequence":null,)"
            R"("usage":{"input_tokens":6,"cache_creation_input_tokens":0,"cache_read_input_tokens":4,)"
            R"("output_tokens":2}})");
}

TEST_CASE("a streamed reply has Anthropic's events in Anthropic's order") {
    std::string stream = written_for(
        R"(,"stream":true)", {text("Hel"), text("lo \"you\""), finished(FinishReason::stop), used(10, 2, 4)});
    REQUIRE(stream.starts_with("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{"));
    auto events = events_of(stream);
    REQUIRE(types_of(events) == std::vector<std::string>{"message_start", "content_block_start",
                                                         "content_block_delta", "content_block_delta",
                                                         "content_block_stop", "message_delta",
                                                         "message_stop"});
    REQUIRE(events[0]["message"]["content"] == Json::array());
    REQUIRE(events[0]["message"]["stop_reason"].is_null());
    REQUIRE(events[3] == json_of(R"({"type":"content_block_delta","index":0,
                                     "delta":{"type":"text_delta","text":"lo \"you\""}})"));
    REQUIRE(events[5] == json_of(R"({"type":"message_delta","delta":{"stop_reason":"end_turn",
        "stop_sequence":null},"usage":{"input_tokens":6,"cache_creation_input_tokens":0,
        "cache_read_input_tokens":4,"output_tokens":2}})"));
}

TEST_CASE("each event of the stream bears its name") {
    std::string stream = written_for(R"(,"stream":true)", {text("a"), finished(FinishReason::stop)});
    auto types = types_of(events_of(stream));
    std::size_t at = 0;
    for (const std::string& type : types) {
        at = stream.find("event: " + type + "\ndata: {\"type\":\"" + type + "\"", at);
        REQUIRE(at != std::string::npos);
        ++at;
    }
}

TEST_CASE("the reply says why it ended") {
    auto reason = [](const Events& events) { return whole(events)["stop_reason"]; };
    REQUIRE(reason({finished(FinishReason::stop)}) == "end_turn");
    REQUIRE(reason({finished(FinishReason::length)}) == "max_tokens");
    REQUIRE(reason({finished(FinishReason::content_filter)}) == "refusal");
    REQUIRE(reason({call(0, "c", "n", "{}"), finished(FinishReason::tool_calls)}) == "tool_use");
    REQUIRE(reason({call(0, "c", "n", "{}"), finished(FinishReason::stop)}) == "tool_use");
    REQUIRE(reason({said(ChatEvent::Kind::refusal, "No"), finished(FinishReason::stop)}) == "refusal");
    Json stopped = whole({text("a"), finished(FinishReason::stop, "###")});
    REQUIRE(stopped["stop_reason"] == "stop_sequence");
    REQUIRE(stopped["stop_sequence"] == "###");
}

TEST_CASE("the words of a refusal are the reply's text") {
    REQUIRE(whole({said(ChatEvent::Kind::refusal, "No"), finished(FinishReason::stop)})["content"] ==
            json_of(R"([{"type":"text","text":"No"}])"));
}

TEST_CASE("thinking is a block of its own that ends with a signature") {
    Events events = {thought("h"), thought("m"), text("Yes"), finished(FinishReason::stop)};
    Json expected =
        json_of(R"([{"type":"thinking","thinking":"hm","signature":""},{"type":"text","text":"Yes"}])");
    REQUIRE(whole(events)["content"] == expected);
    auto stream = streamed(events);
    REQUIRE(accumulated(stream) == expected);
    REQUIRE(types_of(stream) ==
            std::vector<std::string>{"message_start", "content_block_start", "content_block_delta",
                                     "content_block_delta", "content_block_delta", "content_block_stop",
                                     "content_block_start", "content_block_delta", "content_block_stop",
                                     "message_delta", "message_stop"});
    REQUIRE(stream[4]["delta"] == json_of(R"({"type":"signature_delta","signature":""})"));
}

TEST_CASE("a client that wants to be spared the thinking gets its block without text") {
    const std::string omitted = R"(,"thinking":{"type":"adaptive","display":"omitted"})";
    Events events = {thought("secret"), text("Yes"), finished(FinishReason::stop)};
    Json expected =
        json_of(R"([{"type":"thinking","thinking":"","signature":""},{"type":"text","text":"Yes"}])");
    REQUIRE(accumulated(streamed(events, omitted)) == expected);
    REQUIRE(json_of(written_for(omitted, events))["content"] == expected);
}

TEST_CASE("the arguments of a call come in fragments and are an object in the whole reply") {
    Events events = {text("Let me see"), call(0, "c1", "look"), arguments(0, R"({"to)"),
                     arguments(0, R"(wn":"Ulm"})"), finished(FinishReason::tool_calls)};
    Json content = accumulated(streamed(events));
    REQUIRE(content[1] == json_of(R"({"type":"tool_use","id":"c1","name":"look",
                                      "input":"{\"town\":\"Ulm\"}"})"));
    REQUIRE(whole(events)["content"][1] ==
            json_of(R"({"type":"tool_use","id":"c1","name":"look","input":{"town":"Ulm"}})"));
}

TEST_CASE("a fragment of arguments goes out at once") {
    auto side = anthropic_client(some_circumstances());
    REQUIRE(
        side->read(json_of(R"({"max_tokens":9,"stream":true,"messages":[{"role":"user","content":"Hi"}]})")));
    std::string out;
    side->event(call(0, "c", "n"), out);
    out.clear();
    side->event(arguments(0, "{\"a"), out);
    REQUIRE(events_of(out).at(0)["delta"]["partial_json"] == "{\"a");
}

TEST_CASE("parallel calls are blocks one after another, also when their fragments are interleaved") {
    Events in_turn = {call(0, "c1", "a", R"({"x":1})"), call(1, "c2", "b", R"({"y":)"), arguments(1, "2}"),
                      finished(FinishReason::tool_calls)};
    Events interleaved = {call(0, "c1", "a", R"({"x")"),
                          call(1, "c2", "b", R"({"y")"),
                          arguments(0, ":1"),
                          arguments(1, ":2"),
                          arguments(1, "}"),
                          arguments(0, "}"),
                          finished(FinishReason::tool_calls)};
    Json expected = json_of(R"([{"type":"tool_use","id":"c1","name":"a","input":{"x":1}},
                                {"type":"tool_use","id":"c2","name":"b","input":{"y":2}}])");
    for (const Events& events : {in_turn, interleaved}) {
        REQUIRE(whole(events)["content"] == expected);
        Json content = accumulated(streamed(events));
        for (Json& block : content) block["input"] = json_of(block["input"].get<std::string>());
        REQUIRE(content == expected);
    }
}

TEST_CASE("calls that never became complete are closed all the same") {
    Events events = {call(0, "c1", "a", R"({"x")"), call(1, "c2", "b", R"({"y")"),
                     finished(FinishReason::length)};
    Json content = accumulated(streamed(events));
    REQUIRE(content.size() == 2);
    REQUIRE(content[1]["input"] == R"({"y")");
    REQUIRE(whole(events)["content"][0]["input"] == json_of(R"({"INVALID_JSON":"{\"x\""})"));
}

TEST_CASE("what is said amid a call comes after it") {
    Events events = {
        call(0, "c1", "a", R"({"x")"),     text("by "), thought("hm"), text("the way"), arguments(0, ":1}"),
        finished(FinishReason::tool_calls)};
    Json expected = json_of(R"([{"type":"tool_use","id":"c1","name":"a","input":{"x":1}},
        {"type":"text","text":"by "},{"type":"thinking","thinking":"hm","signature":""},
        {"type":"text","text":"the way"}])");
    REQUIRE(whole(events)["content"] == expected);
    Json content = accumulated(streamed(events));
    REQUIRE(content[0]["input"] == R"({"x":1})");
    REQUIRE(content[1] == expected[1]);
}

TEST_CASE("blanks behind a call that is over do no harm") {
    Events events = {call(0, "c1", "a", "{}"), text("And"), arguments(0, "\n"), call(1, "c2", "b", "{}"),
                     finished(FinishReason::tool_calls)};
    Json content = accumulated(streamed(events));
    REQUIRE(content.size() == 3);
    REQUIRE(whole(events)["content"].size() == 3);
}

TEST_CASE("a tool call without arguments has an empty object, and one without an id gets one") {
    Json content = whole({call(0, "", "a"), call(1, "", "b"), finished(FinishReason::tool_calls)})["content"];
    REQUIRE(content[0] ==
            json_of(R"({"type":"tool_use","id":"toolu_a1_b_219c1c38a47b_0","name":"a","input":{}})"));
    REQUIRE(content[1]["id"] == "toolu_a1_b_219c1c38a47b_1");
}

TEST_CASE("an answer without a word is a message without content") {
    REQUIRE(whole({finished(FinishReason::stop)})["content"] == Json::array());
    REQUIRE(types_of(streamed({finished(FinishReason::stop)})) ==
            std::vector<std::string>{"message_start", "message_delta", "message_stop"});
}

TEST_CASE("arguments are complete when their outermost brace closes") {
    auto complete = [](std::string_view text) {
        ArgumentScan scan;
        for (char c : text) scan.feed(std::string_view(&c, 1));
        return scan.is_complete();
    };
    REQUIRE(complete(R"({})"));
    REQUIRE(complete(R"({"a":[{"b":"}\"}"}]} )"));
    REQUIRE_FALSE(complete(""));
    REQUIRE_FALSE(complete(R"({"a":{})"));
    REQUIRE_FALSE(complete(R"({"a":"}")"));
    REQUIRE_FALSE(complete(R"({"a":"\"}")"));
}
