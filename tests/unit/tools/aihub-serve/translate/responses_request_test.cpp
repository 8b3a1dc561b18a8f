#include "tools/aihub-serve/translate/responses_request.hpp"
#include "tests/unit/tools/aihub-serve/translate/client_fixture.hpp"

using namespace aihub::translate;

namespace {

ResponsesRequest request_of(const std::string& members) {
    auto request = read_responses_request(json_of("{" + members + "}"), some_circumstances());
    INFO(members << (request ? "" : request.error().message));
    REQUIRE(request);
    return std::move(*request);
}

Json read_with(const std::string& members) {
    return request_of(R"("model":"m","input":"Hi",)" + members).common;
}

Json messages_of(const std::string& items) {
    return request_of(R"("input":)" + items).common["messages"];
}

std::string refusal_of(const std::string& members) {
    auto request = read_responses_request(json_of("{" + members + "}"), some_circumstances());
    INFO(members);
    REQUIRE_FALSE(request);
    REQUIRE(request.error().code == aihub::ErrorCode::invalid_input);
    return request.error().message;
}

std::string refusal_with(const std::string& members) {
    return refusal_of(R"("input":"Hi",)" + members);
}

std::string refusal_of_item(const std::string& item) {
    return refusal_of(R"("input":[)" + item + "]");
}

std::string refusal_of_part(const std::string& part) {
    return refusal_of_item(R"({"role":"user","content":[)" + part + "]}");
}

bool names(const std::string& refusal, std::string_view member) {
    INFO(refusal);
    return refusal.find("\"" + std::string(member)) == 0;
}

const std::string one_tool = R"("tools":[{"type":"function","name":"n","parameters":{"type":"object"}}],)";

}  // namespace

TEST_CASE("a plain request to OpenAI's responses becomes a plain chat completion of the server's model") {
    auto request = request_of(R"("model":"m","input":"Hi")");
    REQUIRE(request.common ==
            json_of(R"({"model":"as-served","messages":[{"role":"user","content":"Hi"}]})"));
    REQUIRE_FALSE(request.streams);
}

TEST_CASE("instructions are the first message, developers speak as the system") {
    Json common = request_of(R"("instructions":"Be brief","input":[{"role":"developer","content":"Rhyme"},
        {"role":"system","content":"In German"},{"type":"message","role":"user","content":"Hi"}])")
                      .common;
    REQUIRE(common["messages"] == json_of(R"([{"role":"system","content":"Be brief"},
        {"role":"system","content":"Rhyme"},{"role":"system","content":"In German"},
        {"role":"user","content":"Hi"}])"));
}

TEST_CASE("parts of a message have their counterparts") {
    REQUIRE(messages_of(R"([{"role":"user","content":[{"type":"input_text","text":"What is it?"},
        {"type":"input_image","image_url":"data:image/png;base64,QQ==","detail":"auto"},
        {"type":"input_image","image_url":"https://example.org/a.png","detail":"low"},
        {"type":"input_audio","input_audio":{"data":"QQ==","format":"wav"}}]}])") ==
            json_of(R"([{"role":"user","content":[{"type":"text","text":"What is it?"},
        {"type":"image_url","image_url":{"url":"data:image/png;base64,QQ=="}},
        {"type":"image_url","image_url":{"url":"https://example.org/a.png","detail":"low"}},
        {"type":"input_audio","input_audio":{"data":"QQ==","format":"wav"}}]}])"));
    REQUIRE(names(refusal_of_part(R"({"type":"input_file","file_id":"f"})"),
                  "input[0].content[0].type: input_file"));
    REQUIRE(names(refusal_of_part(R"({"type":"input_image","file_id":"f"})"), "input[0].content[0].file_id"));
    REQUIRE(names(refusal_of_part(R"({"type":"hologram"})"), "input[0].content[0].type: hologram"));
    REQUIRE(names(refusal_of_part(R"({"type":"input_text","text":"a","colour":"red"})"),
                  "input[0].content[0].colour"));
}

TEST_CASE("what a model said in one turn is one message, whatever items it was") {
    REQUIRE(messages_of(R"([{"role":"user","content":"Hi"},
        {"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"hm"}],
         "encrypted_content":null,"status":"completed"},
        {"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[
         {"type":"output_text","text":"Let me see","annotations":[],"logprobs":[]}]},
        {"type":"function_call","id":"fc_1","call_id":"c1","name":"look","arguments":"{}"},
        {"type":"function_call","call_id":"c2","name":"look","arguments":"{\"a\":1}","status":"completed"},
        {"type":"function_call_output","call_id":"c1","output":"rain"},
        {"type":"function_call_output","call_id":"c2","output":[{"type":"input_text","text":"sun"},
         {"type":"input_text","text":"wind"}]},
        {"role":"assistant","content":"Rain"},{"role":"assistant","content":"and sun"}])") ==
            json_of(R"([{"role":"user","content":"Hi"},
        {"role":"assistant","content":"Let me see","reasoning_content":"hm","tool_calls":[
         {"id":"c1","type":"function","function":{"name":"look","arguments":"{}"}},
         {"id":"c2","type":"function","function":{"name":"look","arguments":"{\"a\":1}"}}]},
        {"role":"tool","tool_call_id":"c1","content":"rain"},
        {"role":"tool","tool_call_id":"c2","content":"sun\nwind"},
        {"role":"assistant","content":"Rain"},{"role":"assistant","content":"and sun"}])"));
}

TEST_CASE("reasoning after an answer begins the next turn") {
    REQUIRE(messages_of(R"([{"role":"assistant","content":"One"},
        {"type":"reasoning","summary":[{"type":"summary_text","text":"so"}]},
        {"type":"function_call","call_id":"c","name":"n","arguments":"{}"}])") ==
            json_of(R"([{"role":"assistant","content":"One"},{"role":"assistant","content":"",
        "reasoning_content":"so","tool_calls":[
        {"id":"c","type":"function","function":{"name":"n","arguments":"{}"}}]}])"));
}

TEST_CASE("reasoning without words is no message") {
    REQUIRE(messages_of(R"([{"type":"reasoning","id":"rs","summary":[]},{"role":"user","content":"Hi"}])")
                .size() == 1);
}

TEST_CASE("a refusal that comes back is what the assistant said") {
    REQUIRE(messages_of(R"([{"role":"assistant","content":[{"type":"refusal","refusal":"No"}]}])") ==
            json_of(R"([{"role":"assistant","content":"No"}])"));
}

TEST_CASE("items that need OpenAI's store or tools are refused by name") {
    REQUIRE(
        names(refusal_of_item(R"({"type":"item_reference","id":"msg_1"})"), "input[0].type: item_reference"));
    REQUIRE(names(refusal_of_item(R"({"type":"web_search_call","id":"w","status":"completed"})"),
                  "input[0].type: web_search_call"));
    REQUIRE(names(refusal_of_item(R"({"type":"reasoning","summary":[],"encrypted_content":"gAAA"})"),
                  "input[0].encrypted_content"));
}

TEST_CASE("limits and sampling have their counterparts") {
    Json common = read_with(R"("max_output_tokens":7,"temperature":0.5,"top_p":0.9)");
    REQUIRE(common["max_tokens"] == 7);
    REQUIRE(common["temperature"] == 0.5);
    REQUIRE(common["top_p"] == 0.9);
    REQUIRE(names(refusal_with(R"("max_output_tokens":-1)"), "max_output_tokens"));
}

TEST_CASE("probabilities are asked for by include, by number, or by both") {
    const std::string include = R"("include":["message.output_text.logprobs"])";
    Json common = read_with(include);
    REQUIRE(common["logprobs"] == true);
    REQUIRE_FALSE(common.contains("top_logprobs"));
    common = read_with(include + R"(,"top_logprobs":3)");
    REQUIRE(common["top_logprobs"] == 3);
    REQUIRE(read_with(R"("top_logprobs":3)")["logprobs"] == true);
    REQUIRE_FALSE(
        read_with(R"("top_logprobs":0,"include":["reasoning.encrypted_content"])").contains("logprobs"));
    REQUIRE(names(refusal_with(R"("top_logprobs":21)"), "top_logprobs"));
    REQUIRE(names(refusal_with(R"("include":["file_search_call.results"])"), "include: "));
}

TEST_CASE("functions are nested as chat completions have them") {
    Json common = read_with(R"("tools":[{"type":"function","name":"look","description":"d","strict":true,
        "parameters":{"type":"object","properties":{"b":{},"a":{}}}},
        {"type":"function","name":"nothing","parameters":null,"strict":null}],"parallel_tool_calls":false)");
    REQUIRE(common["tools"] == json_of(R"([{"type":"function","function":{"name":"look","description":"d",
        "parameters":{"type":"object","properties":{"b":{},"a":{}}},"strict":true}},
        {"type":"function","function":{"name":"nothing","parameters":{"type":"object","properties":{}}}}])"));
    REQUIRE(common["parallel_tool_calls"] == false);
}

TEST_CASE("tools that OpenAI itself runs, and custom ones, are refused by name") {
    for (const char* type : {"web_search", "file_search", "code_interpreter", "mcp", "custom"})
        REQUIRE(names(refusal_with(R"("tools":[{"type":")" + std::string(type) + R"(","name":"n"}])"),
                      "tools[0].type: " + std::string(type)));
    REQUIRE(names(refusal_with(R"("tools":[{"type":"function","name":"n","defer_loading":true}])"),
                  "tools[0].defer_loading"));
}

TEST_CASE("a response's choice of a tool has its counterparts") {
    REQUIRE(read_with(one_tool + R"("tool_choice":"required")")["tool_choice"] == "required");
    REQUIRE(read_with(one_tool + R"("tool_choice":"none")")["tool_choice"] == "none");
    REQUIRE(read_with(one_tool + R"("tool_choice":{"type":"function","name":"n"})")["tool_choice"] ==
            json_of(R"({"type":"function","function":{"name":"n"}})"));
    REQUIRE_FALSE(read_with(R"("tools":[],"tool_choice":"auto","parallel_tool_calls":true)")
                      .contains("parallel_tool_calls"));
    REQUIRE(names(refusal_with(R"("tool_choice":"required")"), "tools"));
    REQUIRE(names(refusal_with(one_tool + R"("tool_choice":{"type":"web_search_preview"})"),
                  "tool_choice.type: web_search_preview"));
    REQUIRE(names(refusal_with(one_tool + R"("tool_choice":7)"), "tool_choice"));
}

TEST_CASE("tools that are not among the allowed ones are not offered") {
    const std::string tools = R"("tools":[{"type":"function","name":"a"},{"type":"function","name":"b"}],)";
    Json common = read_with(tools + R"("tool_choice":{"type":"allowed_tools","mode":"required",
                                       "tools":[{"type":"function","name":"b"}]})");
    REQUIRE(common["tools"].size() == 1);
    REQUIRE(common["tools"][0]["function"]["name"] == "b");
    REQUIRE(common["tool_choice"] == "required");
    REQUIRE(names(refusal_with(tools + R"("tool_choice":{"type":"allowed_tools","mode":"auto",
                                          "tools":[{"type":"function","name":"c"}]})"),
                  "tool_choice.tools"));
    REQUIRE(names(refusal_with(R"("tools":[{"type":"custom","name":"b"}],"tool_choice":{"mode":"auto",
                                  "type":"allowed_tools","tools":[{"type":"custom","name":"b"}]})"),
                  "tools[0].type: custom"));
}

TEST_CASE("the text's format and verbosity have their counterparts") {
    REQUIRE_FALSE(read_with(R"("text":{"format":{"type":"text"}})").contains("response_format"));
    REQUIRE(read_with(R"("text":{"format":{"type":"json_object"}})")["response_format"]["type"] ==
            "json_object");
    Json common = read_with(R"("text":{"verbosity":"low","format":{"type":"json_schema","name":"s",
        "description":"d","schema":{"type":"object"},"strict":true}})");
    REQUIRE(common["verbosity"] == "low");
    REQUIRE(common["response_format"] == json_of(R"({"type":"json_schema","json_schema":{"name":"s",
        "description":"d","schema":{"type":"object"},"strict":true}})"));
    REQUIRE(names(refusal_with(R"("text":{"format":{"type":"grammar"}})"), "text.format.type: grammar"));
    REQUIRE(
        names(refusal_with(R"("text":{"format":{"type":"json_schema","name":"s"}})"), "text.format.schema"));
}

TEST_CASE("effort is asked for in both ways that servers know") {
    Json common = read_with(R"("reasoning":{"effort":"high","summary":"auto"})");
    REQUIRE(common["reasoning_effort"] == "high");
    REQUIRE(common["chat_template_kwargs"]["enable_thinking"] == true);
    common = read_with(R"("reasoning":{"effort":"none"})");
    REQUIRE(common["reasoning_effort"] == "none");
    REQUIRE(common["chat_template_kwargs"]["enable_thinking"] == false);
    REQUIRE_FALSE(read_with(R"("reasoning":{"summary":"auto"})").contains("chat_template_kwargs"));
    REQUIRE(names(refusal_with(R"("reasoning":{"effort":"heroic"})"), "reasoning.effort"));
}

TEST_CASE("a stream of a response is asked for with its usage") {
    auto request = request_of(R"("input":"Hi","stream":true,"stream_options":{"include_obfuscation":false})");
    REQUIRE(request.streams);
    REQUIRE(request.common["stream"] == true);
    REQUIRE(request.common["stream_options"] == json_of(R"({"include_usage":true})"));
    REQUIRE(names(refusal_with(R"("stream_options":{"include_obfuscation":true})"),
                  "stream_options.include_obfuscation"));
}

TEST_CASE("what changes nothing in a response is accepted, and repeated where OpenAI repeats it") {
    auto request = request_of(R"("input":"Hi","store":true,"metadata":{"k":"v"},"user":"u","background":false,
        "safety_identifier":"s","prompt_cache_key":"p","prompt_cache_retention":"24h","service_tier":"flex",
        "truncation":"disabled","previous_response_id":null,"include":[])");
    REQUIRE(request.common ==
            json_of(R"({"model":"as-served","messages":[{"role":"user","content":"Hi"}]})"));
    REQUIRE(request.response["store"] == false);
    REQUIRE(request.response["metadata"] == json_of(R"({"k":"v"})"));
    REQUIRE(request.response["user"] == "u");
    REQUIRE(request.response["safety_identifier"] == "s");
    REQUIRE(request.response["prompt_cache_key"] == "p");
}

TEST_CASE("what needs a store, or has no counterpart, is refused by name") {
    for (const char* name : {"previous_response_id", "conversation", "max_tool_calls", "seed", "n"})
        REQUIRE(names(refusal_with("\"" + std::string(name) + "\":\"x\""), name));
    REQUIRE(names(refusal_with(R"("prompt":{"id":"p"})"), "prompt"));
    REQUIRE(names(refusal_with(R"("background":true)"), "background"));
    REQUIRE(names(refusal_with(R"("truncation":"auto")"), "truncation: auto"));
}

TEST_CASE("a malformed request for a response is refused with the member that is wrong") {
    REQUIRE(names(refusal_of(R"("model":"m")"), "input"));
    REQUIRE(names(refusal_of(R"("input":7)"), "input"));
    REQUIRE(names(refusal_of_item("7"), "input[0]"));
    REQUIRE(names(refusal_of_item(R"({"content":"Hi"})"), "input[0].role"));
    REQUIRE(names(refusal_of_item(R"({"role":"user"})"), "input[0].content"));
    REQUIRE(names(refusal_of_item(R"({"type":"function_call","name":"n","arguments":"{}"})"),
                  "input[0].call_id"));
    REQUIRE(names(refusal_of_item(R"({"type":"function_call_output","call_id":"c"})"), "input[0].output"));
    REQUIRE(names(refusal_with(R"("metadata":"x")"), "metadata"));
    REQUIRE(names(refusal_with(R"("store":"no")"), "store"));
}
