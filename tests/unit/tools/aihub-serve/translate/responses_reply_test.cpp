#include <algorithm>

#include "tests/unit/tools/aihub-serve/translate/client_fixture.hpp"

using namespace aihub::translate;

namespace {

using Events = std::vector<ChatEvent>;
using Types = std::vector<std::string>;

std::string written_for(const std::string& members, const Events& events) {
    auto side = responses_client(some_circumstances());
    auto common = side->read(json_of(R"({"model":"m","input":"Hi")" + members + "}"));
    REQUIRE(common);
    return written(*side, events);
}

Json whole(const Events& events, const std::string& members = {}) {
    return json_of(written_for(members, events));
}

std::vector<Json> streamed(const Events& events) {
    return events_of(written_for(R"(,"stream":true)", events));
}

Types inner_types(const std::vector<Json>& events) {
    Types types = types_of(events);
    REQUIRE(types.size() > 3);
    REQUIRE(types[0] == "response.created");
    REQUIRE(types[1] == "response.in_progress");
    return Types(types.begin() + 2, types.end() - 1);
}

const Json& first(const std::vector<Json>& events, std::string_view type) {
    auto at = std::find_if(events.begin(), events.end(),
                           [&](const Json& event) { return text_member(event, "type") == type; });
    INFO(type);
    REQUIRE(at != events.end());
    return *at;
}

ChatEvent with_logprobs(ChatEvent event, std::string logprobs) {
    event.logprobs = std::move(logprobs);
    return event;
}

// The time at which the reply was complete differs from run to run, as do ids of what was said when.
Json without_time(Json response) {
    response.erase("completed_at");
    return response;
}

}  // namespace

TEST_CASE("a whole response has every member that OpenAI's own have") {
    Json response = whole({text("Hel"), text("lo"), finished(FinishReason::stop), used(10, 5, 4, 3)},
                          R"(,"instructions":"Be brief","temperature":0.5,"max_output_tokens":9)");
    REQUIRE(response["completed_at"].is_number_integer());
    REQUIRE(json_text(without_time(response)) ==
            R"({"id":"resp_a1_b_219c1c38a47b","object":"response","created_at":1770000000,)"
            R"("status":"completed","background":false,"error":null,"incomplete_details":null,)"
            R"("instructions":"Be brief","max_output_tokens":9,"max_tool_calls":null,"model":"as-asked",)"
            R"("output":[{"id":"msg_a1_b_219c1c38a47b_0","type":"message","status":"completed","content":[)"
            R"({"type":"output_text","annotations":[],"logprobs":[],"text":"Hello"}],"role":"assistant"}],)"
            R"("parallel_tool_calls":true,"previous_response_id":null,"prompt_cache_key":null,)"
            R"("reasoning":{"effort":null,"summary":null},"safety_identifier":null,)"
            R"("service_tier":"default","store":false,"temperature":0.5,"text":{"format":{"type":"text"}},)"
            R"("tool_choice":"auto","tools":[],"top_logprobs":0,"top_p":null,"truncation":"disabled",)"
            R"("usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":4,"cache_write_tokens":0},)"
            R"("output_tokens":5,"output_tokens_details":{"reasoning_tokens":3},"total_tokens":15},)"
            R"("user":null,"metadata":{}})");
}

TEST_CASE("a response repeats what was asked") {
    const std::string members = R"(,"tools":[{"type":"function","name":"n","parameters":null,"strict":null}],
        "tool_choice":"required","parallel_tool_calls":false,"reasoning":{"effort":"low","summary":"auto"},
        "text":{"verbosity":"low"},"top_logprobs":2)";
    Json response = whole({finished(FinishReason::stop)}, members);
    Json asked = json_of(R"({"x":0)" + members + "}");
    for (const char* name : {"tools", "tool_choice", "parallel_tool_calls", "reasoning", "top_logprobs"})
        REQUIRE(response[name] == asked[name]);
    REQUIRE(response["text"] == json_of(R"({"verbosity":"low","format":{"type":"text"}})"));
}

TEST_CASE("a streamed text has OpenAI's events in OpenAI's order, counted through") {
    auto events = streamed({text("Hel"), text("lo \"you\""), finished(FinishReason::stop), used(1, 2)});
    REQUIRE(inner_types(events) == Types{"response.output_item.added", "response.content_part.added",
                                         "response.output_text.delta", "response.output_text.delta",
                                         "response.output_text.done", "response.content_part.done",
                                         "response.output_item.done"});
    REQUIRE(events.back()["type"] == "response.completed");
    for (std::size_t i = 0; i < events.size(); ++i) REQUIRE(events[i]["sequence_number"] == i);
    REQUIRE(events[0]["response"]["status"] == "in_progress");
    REQUIRE(events[2]["item"] == json_of(R"({"id":"msg_a1_b_219c1c38a47b_0","type":"message",
        "status":"in_progress","content":[],"role":"assistant"})"));
    REQUIRE(events[5] == json_of(R"({"type":"response.output_text.delta","sequence_number":5,
        "item_id":"msg_a1_b_219c1c38a47b_0","output_index":0,"content_index":0,"delta":"lo \"you\"",
        "logprobs":[]})"));
    REQUIRE(events[6] == json_of(R"({"type":"response.output_text.done","sequence_number":6,
        "item_id":"msg_a1_b_219c1c38a47b_0","output_index":0,"content_index":0,"text":"Hello \"you\"",
        "logprobs":[]})"));
    REQUIRE(events.back()["response"]["output"] == Json::array({events[8]["item"]}));
    REQUIRE(events.back()["response"]["usage"]["total_tokens"] == 3);
}

TEST_CASE("each event of a response bears its name") {
    std::string stream = written_for(R"(,"stream":true)", {text("a"), finished(FinishReason::stop)});
    std::size_t at = 0;
    for (const std::string& type : types_of(events_of(stream))) {
        at = stream.find("event: " + type + "\ndata: {\"type\":\"" + type + "\"", at);
        REQUIRE(at != std::string::npos);
        ++at;
    }
}

TEST_CASE("the last event of a stream is the whole response") {
    Events events = {thought("hm"), text("Yes"), call(0, "c", "n", R"({"a":1})"),
                     finished(FinishReason::tool_calls), used(10, 5)};
    REQUIRE(without_time(streamed(events).back()["response"]) == without_time(whole(events)));
}

TEST_CASE("reasoning is an item of its own before the message") {
    auto events = streamed({thought("h"), thought("m"), text("Yes"), finished(FinishReason::stop)});
    REQUIRE(inner_types(events) ==
            Types{"response.output_item.added", "response.content_part.added",
                  "response.reasoning_text.delta", "response.reasoning_text.delta",
                  "response.reasoning_text.done", "response.content_part.done", "response.output_item.done",
                  "response.output_item.added", "response.content_part.added", "response.output_text.delta",
                  "response.output_text.done", "response.content_part.done", "response.output_item.done"});
    REQUIRE(first(events, "response.output_item.done")["item"] ==
            json_of(R"({"id":"rs_a1_b_219c1c38a47b_0","type":"reasoning","summary":[],
                        "content":[{"type":"reasoning_text","text":"hm"}],"encrypted_content":null,
                        "status":"completed"})"));
    REQUIRE(first(events, "response.output_text.delta")["output_index"] == 1);
}

TEST_CASE("a refusal is a part of the message beside its text") {
    Events events = {text("Well, "), said(ChatEvent::Kind::refusal, "no"), finished(FinishReason::stop)};
    auto stream = streamed(events);
    REQUIRE(first(stream, "response.refusal.delta")["content_index"] == 1);
    REQUIRE(first(stream, "response.refusal.done")["refusal"] == "no");
    REQUIRE(whole(events)["output"][0]["content"] ==
            json_of(R"([{"type":"output_text","annotations":[],"logprobs":[],"text":"Well, "},
                        {"type":"refusal","refusal":"no"}])"));
}

TEST_CASE("calls of functions are items whose arguments grow") {
    auto events = streamed({text("Let me see"), call(0, "c1", "look"), arguments(0, R"({"a)"),
                            arguments(0, R"(":1})"), finished(FinishReason::tool_calls)});
    Types types = inner_types(events);
    REQUIRE(Types(types.begin() + 6, types.end()) ==
            Types{"response.output_item.added", "response.function_call_arguments.delta",
                  "response.function_call_arguments.delta", "response.function_call_arguments.done",
                  "response.output_item.done"});
    REQUIRE(types[5] == "response.output_item.done");
    REQUIRE(first(events, "response.function_call_arguments.delta")["delta"] == R"({"a)");
    const Json& done = first(events, "response.function_call_arguments.done");
    REQUIRE(done["arguments"] == R"({"a":1})");
    REQUIRE(done["name"] == "look");
    REQUIRE(done["output_index"] == 1);
    REQUIRE_FALSE(done.contains("content_index"));
    REQUIRE(events[events.size() - 2]["item"] ==
            json_of(R"({"id":"fc_a1_b_219c1c38a47b_1","type":"function_call","status":"completed",
                        "arguments":"{\"a\":1}","call_id":"c1","name":"look"})"));
}

TEST_CASE("a call that is complete is done before the next begins") {
    auto events =
        streamed({call(0, "c1", "a", "{}"), call(1, "c2", "b", "{}"), finished(FinishReason::tool_calls)});
    REQUIRE(inner_types(events) ==
            Types{"response.output_item.added", "response.function_call_arguments.delta",
                  "response.function_call_arguments.done", "response.output_item.done",
                  "response.output_item.added", "response.function_call_arguments.delta",
                  "response.function_call_arguments.done", "response.output_item.done"});
}

TEST_CASE("calls whose arguments are interleaved grow beside each other") {
    Json output =
        whole({call(0, "c1", "a", R"({"x")"), call(1, "c2", "b", R"({"y")"), arguments(0, ":1}"),
               arguments(1, ":2}"), arguments(0, "\n"), finished(FinishReason::tool_calls)})["output"];
    REQUIRE(output[0]["arguments"] == "{\"x\":1}\n");
    REQUIRE(output[1]["arguments"] == R"({"y":2})");
}

TEST_CASE("a function call without arguments has an empty object, and one without an id gets one") {
    Json output = whole({call(0, "", "a"), call(1, "", "b"), finished(FinishReason::tool_calls)})["output"];
    REQUIRE(output[0]["arguments"] == "{}");
    REQUIRE(output[0]["call_id"] == "call_a1_b_219c1c38a47b_0");
    REQUIRE(output[1]["call_id"] == "call_a1_b_219c1c38a47b_1");
}

TEST_CASE("text after a call is a message of its own") {
    Json output =
        whole({text("One"), call(0, "c", "n", "{}"), text("Two"), finished(FinishReason::stop)})["output"];
    REQUIRE(output.size() == 3);
    REQUIRE(output[2]["content"][0]["text"] == "Two");
}

TEST_CASE("a response that was cut short is incomplete, and so is what it was saying") {
    Json response = whole({thought("hm"), text("Hel"), finished(FinishReason::length)});
    REQUIRE(response["status"] == "incomplete");
    REQUIRE(response["incomplete_details"] == json_of(R"({"reason":"max_output_tokens"})"));
    REQUIRE(response["completed_at"].is_null());
    REQUIRE(response["output"][0]["status"] == "completed");
    REQUIRE(response["output"][1]["status"] == "incomplete");
    auto events = streamed({call(0, "c", "n", R"({"a)"), finished(FinishReason::content_filter)});
    REQUIRE(events.back()["type"] == "response.incomplete");
    REQUIRE(events.back()["response"]["incomplete_details"]["reason"] == "content_filter");
    REQUIRE(events.back()["response"]["output"][0]["status"] == "incomplete");
}

TEST_CASE("probabilities stand with the text that they are of") {
    auto token = [](const std::string& name) {
        return R"({"token":")" + name + R"(","logprob":-0.5,"bytes":[97],"top_logprobs":[]})";
    };
    auto chat = [&](const std::string& name) {
        return R"({"content":[)" + token(name) + R"(],"refusal":null})";
    };
    Events events = {with_logprobs(text("a"), chat("a")), with_logprobs(text(""), chat("half")),
                     with_logprobs(text("b"), chat("b")), finished(FinishReason::stop)};
    REQUIRE(first(streamed(events), "response.output_text.delta")["logprobs"] ==
            json_of("[" + token("a") + "]"));
    REQUIRE(whole(events)["output"][0]["content"][0]["logprobs"] ==
            json_of("[" + token("a") + "," + token("half") + "," + token("b") + "]"));
}

TEST_CASE("probabilities of thinking make no message") {
    Json output = whole({thought("hm"), with_logprobs(text(""), R"({"content":[]})"), thought("hm"),
                         finished(FinishReason::length)})["output"];
    REQUIRE(output.size() == 1);
    REQUIRE(output[0]["content"][0]["text"] == "hmhm");
}

TEST_CASE("an answer without a word is a response without output") {
    REQUIRE(whole({finished(FinishReason::stop)})["output"] == Json::array());
    REQUIRE(whole({finished(FinishReason::stop)})["usage"].is_null());
    REQUIRE(types_of(streamed({finished(FinishReason::stop)})) ==
            Types{"response.created", "response.in_progress", "response.completed"});
}
