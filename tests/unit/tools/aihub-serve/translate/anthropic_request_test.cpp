#include "tools/aihub-serve/translate/anthropic_request.hpp"
#include "tests/unit/tools/aihub-serve/translate/client_fixture.hpp"

using namespace aihub::translate;

namespace {

aihub::Result<Json> read(const std::string& members) {
    auto request = read_anthropic_request(json_of("{" + members + "}"), some_circumstances());
    return request ? aihub::Result<Json>(std::move(request->common)) : request.error();
}

const std::string basis = R"("model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}])";

Json read_with(const std::string& members) {
    auto common = read(basis + "," + members);
    INFO(members << (common ? "" : common.error().message));
    REQUIRE(common);
    return *common;
}

std::string refusal_of(const std::string& members) {
    auto common = read(members);
    INFO(members);
    REQUIRE_FALSE(common);
    REQUIRE(common.error().code == aihub::ErrorCode::invalid_input);
    return common.error().message;
}

std::string refusal_with(const std::string& members) {
    return refusal_of(basis + "," + members);
}

Json messages_of(const std::string& messages) {
    auto common = read(R"("max_tokens":9,"messages":)" + messages);
    INFO(messages << (common ? "" : common.error().message));
    REQUIRE(common);
    return (*common)["messages"];
}

std::string refusal_of_block(const std::string& role, const std::string& block) {
    return refusal_of(R"("max_tokens":9,"messages":[{"role":")" + role + R"(","content":[)" + block + "]}]");
}

bool names(const std::string& refusal, std::string_view member) {
    INFO(refusal);
    return refusal.find("\"" + std::string(member)) == 0;
}

}  // namespace

TEST_CASE("a plain request to Anthropic's API becomes a plain chat completion of the server's model") {
    auto common = read(basis);
    REQUIRE(common);
    REQUIRE(*common == json_of(R"({"model":"as-served","messages":[{"role":"user","content":"Hi"}],
                                   "max_tokens":9})"));
}

TEST_CASE("sampling and stop sequences have their counterparts") {
    Json common = read_with(R"("temperature":0.5,"top_p":0.9,"top_k":40,"stop_sequences":["a","b"])");
    REQUIRE(common["temperature"] == 0.5);
    REQUIRE(common["top_p"] == 0.9);
    REQUIRE(common["top_k"] == 40);
    REQUIRE(common["stop"] == Json::array({"a", "b"}));
    REQUIRE_FALSE(read_with(R"("stop_sequences":[])").contains("stop"));
}

TEST_CASE("a stream is asked for with its usage") {
    Json common = read_with(R"("stream":true)");
    REQUIRE(common["stream"] == true);
    REQUIRE(common["stream_options"]["include_usage"] == true);
    REQUIRE_FALSE(read_with(R"("stream":false)").contains("stream"));
}

TEST_CASE("the system prompt comes first, blocks of it as one text") {
    REQUIRE(read_with(R"("system":"Be brief")")["messages"][0] ==
            json_of(R"({"role":"system","content":"Be brief"})"));
    Json common = read_with(R"("system":[{"type":"text","text":"One","cache_control":{"type":"ephemeral"}},
                                         {"type":"text","text":"Two"}])");
    REQUIRE(common["messages"][0]["content"] == "One\nTwo");
    REQUIRE(names(refusal_with(R"("system":[{"type":"image","source":{}}])"), "system[0].type: image"));
}

TEST_CASE("images are given as URLs, whatever they came as") {
    Json messages = messages_of(R"([{"role":"user","content":[
        {"type":"text","text":"What is it?"},
        {"type":"image","source":{"type":"base64","media_type":"image/png","data":"QUJD"}},
        {"type":"image","source":{"type":"url","url":"https://example.org/a.png"}}]}])");
    REQUIRE(messages == json_of(R"([{"role":"user","content":[
        {"type":"text","text":"What is it?"},
        {"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD"}},
        {"type":"image_url","image_url":{"url":"https://example.org/a.png"}}]}])"));
    REQUIRE(names(refusal_of_block("user", R"({"type":"image","source":{"type":"file","file_id":"f"}})"),
                  "messages[0].content[0].source.type: file"));
}

TEST_CASE("documents of text are text, with their title and context before it") {
    Json messages = messages_of(R"([{"role":"user","content":[{"type":"document","title":"T","context":"C",
        "source":{"type":"text","media_type":"text/plain","data":"D"},"citations":{"enabled":false}},
        {"type":"document","source":{"type":"content","content":[{"type":"text","text":"E"}]}}]}])");
    REQUIRE(messages[0]["content"] == "T\nC\nD\nE");
    std::string pdf = R"("source":{"type":"base64","media_type":"application/pdf","data":"QQ=="})";
    REQUIRE(names(refusal_of_block("user", R"({"type":"document",)" + pdf + "}"),
                  "messages[0].content[0].source.type: base64"));
    REQUIRE(names(refusal_of_block("user", R"({"type":"document","citations":{"enabled":true},
        "source":{"type":"text","data":"D"}})"),
                  "messages[0].content[0].citations.enabled"));
}

TEST_CASE("search results are text with title and source") {
    Json messages = messages_of(R"([{"role":"user","content":[{"type":"search_result","title":"T",
        "source":"S","content":[{"type":"text","text":"A"},{"type":"text","text":"B"}]}]}])");
    REQUIRE(messages[0]["content"] == "T\nS\nA\nB");
}

TEST_CASE("thinking and calls of the assistant stand in one message with its text") {
    Json messages = messages_of(R"([{"role":"assistant","content":[
        {"type":"thinking","thinking":"hm","signature":"x"},{"type":"text","text":"Let me see","citations":null},
        {"type":"tool_use","id":"t1","name":"look","input":{"z":1,"a":[]},"caller":{"type":"direct"}},
        {"type":"tool_use","id":"t2","name":"look","input":{}}]}])");
    REQUIRE(messages == json_of(R"([{"role":"assistant","content":"Let me see","reasoning_content":"hm",
        "tool_calls":[
        {"id":"t1","type":"function","function":{"name":"look","arguments":"{\"z\":1,\"a\":[]}"}},
        {"id":"t2","type":"function","function":{"name":"look","arguments":"{}"}}]}])"));
}

TEST_CASE("each result of a tool is a message of its own, before what the user says beside it") {
    Json messages = messages_of(R"([{"role":"user","content":[
        {"type":"text","text":"Here"},
        {"type":"tool_result","tool_use_id":"t1","content":"rain"},
        {"type":"tool_result","tool_use_id":"t2","content":[{"type":"text","text":"sun"},
            {"type":"image","source":{"type":"url","url":"u"}}]},
        {"type":"tool_result","tool_use_id":"t3"},
        {"type":"tool_result","tool_use_id":"t4","is_error":true,"content":"no such town"},
        {"type":"tool_result","tool_use_id":"t5","is_error":true}]}])");
    REQUIRE(messages == json_of(R"([
        {"role":"tool","tool_call_id":"t1","content":"rain"},
        {"role":"tool","tool_call_id":"t2","content":[{"type":"text","text":"sun"},
            {"type":"image_url","image_url":{"url":"u"}}]},
        {"role":"tool","tool_call_id":"t3","content":""},
        {"role":"tool","tool_call_id":"t4","content":"Error: no such town"},
        {"role":"tool","tool_call_id":"t5","content":"Error"},
        {"role":"user","content":"Here"}])"));
}

TEST_CASE("a message that brings results alone leaves no empty one behind") {
    Json messages = messages_of(
        R"([{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"x"}]}])");
    REQUIRE(messages.size() == 1);
}

TEST_CASE("blocks that only Anthropic's servers know are refused by name") {
    REQUIRE(names(refusal_of_block("assistant", R"({"type":"redacted_thinking","data":"x"})"),
                  "messages[0].content[0].type: redacted_thinking"));
    REQUIRE(names(refusal_of_block("assistant", R"({"type":"server_tool_use","id":"s","name":"web_search"})"),
                  "messages[0].content[0].type: server_tool_use"));
    REQUIRE(names(refusal_of_block("user", R"({"type":"tool_use","id":"s","name":"n","input":{}})"),
                  "messages[0].content[0].type: tool_use"));
    REQUIRE(names(refusal_of_block("user", R"({"type":"text","text":"a","citations":[{"type":"x"}]})"),
                  "messages[0].content[0].citations"));
}

TEST_CASE("tools keep name, description, schema and strictness") {
    Json common = read_with(R"("tools":[{"type":"custom","name":"look","description":"d","strict":true,
        "input_schema":{"type":"object","properties":{"b":{},"a":{}}},"cache_control":{"type":"ephemeral"},
        "eager_input_streaming":true,"allowed_callers":["direct"],"defer_loading":false}])");
    REQUIRE(common["tools"] == json_of(R"([{"type":"function","function":{"name":"look","description":"d",
        "parameters":{"type":"object","properties":{"b":{},"a":{}}},"strict":true}}])"));
}

TEST_CASE("tools that Anthropic itself runs are refused by name") {
    for (const char* type : {"web_search_20250305", "bash_20250124", "code_execution_20250825"})
        REQUIRE(names(refusal_with(R"("tools":[{"type":")" + std::string(type) + R"(","name":"n"}])"),
                      "tools[0].type: " + std::string(type)));
    REQUIRE(names(refusal_with(R"("tools":[{"name":"n","input_schema":{},"defer_loading":true}])"),
                  "tools[0].defer_loading"));
    REQUIRE(names(refusal_with(R"("tools":[{"name":"n","input_schema":{},"input_examples":[{}]}])"),
                  "tools[0].input_examples"));
    REQUIRE(names(refusal_with(R"("tools":[{"name":"n"}])"), "tools[0].input_schema"));
}

TEST_CASE("the choice of a tool has its counterparts") {
    const std::string tools = R"("tools":[{"name":"n","input_schema":{}}],"tool_choice":)";
    REQUIRE(read_with(tools + R"({"type":"auto"})")["tool_choice"] == "auto");
    REQUIRE(read_with(tools + R"({"type":"any"})")["tool_choice"] == "required");
    REQUIRE(read_with(tools + R"({"type":"none"})")["tool_choice"] == "none");
    Json common = read_with(tools + R"({"type":"tool","name":"n","disable_parallel_tool_use":true})");
    REQUIRE(common["tool_choice"] == json_of(R"({"type":"function","function":{"name":"n"}})"));
    REQUIRE(common["parallel_tool_calls"] == false);
    REQUIRE_FALSE(read_with(tools + R"({"type":"auto"})").contains("parallel_tool_calls"));
    REQUIRE(names(refusal_with(tools + R"({"type":"some"})"), "tool_choice.type"));
    REQUIRE(names(refusal_with(R"("tool_choice":{"type":"any"})"), "tools"));
}

TEST_CASE("thinking is asked for in both ways that servers know") {
    Json common = read_with(R"("thinking":{"type":"enabled","budget_tokens":1024})");
    REQUIRE(common["reasoning_effort"] == "low");
    REQUIRE(common["chat_template_kwargs"]["enable_thinking"] == true);
    REQUIRE(read_with(R"("thinking":{"type":"enabled","budget_tokens":4096})")["reasoning_effort"] ==
            "medium");
    REQUIRE(read_with(R"("thinking":{"type":"enabled","budget_tokens":16384})")["reasoning_effort"] ==
            "high");
    common = read_with(R"("thinking":{"type":"adaptive"},"output_config":{"effort":"max"})");
    REQUIRE(common["reasoning_effort"] == "max");
    common = read_with(R"("thinking":{"type":"disabled"},"output_config":{"effort":"high"})");
    REQUIRE(common["reasoning_effort"] == "none");
    REQUIRE(common["chat_template_kwargs"]["enable_thinking"] == false);
    REQUIRE(names(refusal_with(R"("thinking":{"type":"enabled"})"), "thinking.budget_tokens"));
    REQUIRE(names(refusal_with(R"("thinking":{"type":"between_tools"})"), "thinking.type: between_tools"));
}

TEST_CASE("a schema for the answer is a response_format, under both names that it has had") {
    const std::string format = R"({"type":"json_schema","schema":{"type":"object"}})";
    Json expected = json_of(R"({"type":"json_schema","json_schema":{"name":"answer",
                                "schema":{"type":"object"},"strict":true}})");
    REQUIRE(read_with(R"("output_format":)" + format)["response_format"] == expected);
    REQUIRE(read_with(R"("output_config":{"format":)" + format + "}")["response_format"] == expected);
    REQUIRE(
        names(refusal_with(R"("output_format":)" + format + R"(,"output_config":{"format":)" + format + "}"),
              "output_format"));
    REQUIRE(names(refusal_with(R"("output_format":{"type":"xml"})"), "output_format"));
}

TEST_CASE("what changes nothing in an answer is accepted") {
    Json plain = *read(basis);
    REQUIRE(read_with(R"("metadata":{"user_id":"u"},"service_tier":"auto","speed":"standard",
        "cache_control":{"type":"ephemeral","ttl":"1h"},"container":null,"mcp_servers":[],
        "context_management":{"edits":[{"type":"clear_thinking_20251015","keep":"all"}]},
        "system":null,"temperature":null)") == plain);
}

TEST_CASE("what has no counterpart is refused by name, and so is what nobody knows") {
    REQUIRE(names(refusal_with(R"("container":"c")"), "container"));
    REQUIRE(names(refusal_with(R"("mcp_servers":[{"type":"url"}])"), "mcp_servers"));
    REQUIRE(names(refusal_with(R"("speed":"fast")"), "speed"));
    REQUIRE(names(refusal_with(R"("inference_geo":"eu")"), "inference_geo"));
    REQUIRE(names(refusal_with(R"("frequency_penalty":1)"), "frequency_penalty"));
    REQUIRE(names(refusal_with(R"("context_management":{"edits":[{"type":"clear_tool_uses_20250919"}]})"),
                  "context_management.edits[0].type: clear_tool_uses_20250919"));
    REQUIRE(names(refusal_of_block("user", R"({"type":"text","text":"a","colour":"red"})"),
                  "messages[0].content[0].colour"));
}

TEST_CASE("a malformed request is refused with the member that is wrong") {
    REQUIRE(names(refusal_of(R"("messages":[{"role":"user","content":"Hi"}])"), "max_tokens"));
    REQUIRE(names(refusal_of(R"("max_tokens":0,"messages":[{"role":"user","content":"Hi"}])"), "max_tokens"));
    REQUIRE(names(refusal_of(R"("max_tokens":9)"), "messages"));
    REQUIRE(names(refusal_of(R"("max_tokens":9,"messages":[])"), "messages"));
    REQUIRE(names(refusal_of(R"("max_tokens":9,"messages":["Hi"])"), "messages[0]"));
    REQUIRE(names(refusal_of(R"("max_tokens":9,"messages":[{"role":"tool","content":"x"}])"),
                  "messages[0].role"));
    REQUIRE(names(refusal_of(R"("max_tokens":9,"messages":[{"role":"user","content":7}])"),
                  "messages[0].content"));
    REQUIRE(names(refusal_of_block("user", R"({"text":"a"})"), "messages[0].content[0].type"));
    REQUIRE(names(refusal_of_block("assistant", R"({"type":"tool_use","id":"i","name":"n","input":"{}"})"),
                  "messages[0].content[0].input"));
    REQUIRE(names(refusal_with(R"("temperature":"hot")"), "temperature"));
    REQUIRE(names(refusal_with(R"("stop_sequences":[1])"), "stop_sequences"));
    REQUIRE(names(refusal_with(R"("stream":"yes")"), "stream"));
}

TEST_CASE("an object of hundreds of members is refused at once") {
    std::string block = R"({"type":"text","text":"a")";
    for (int i = 0; i < 100; ++i) block += ",\"m" + std::to_string(i) + "\":null";
    REQUIRE(refusal_of_block("user", block + "}").find("at most 64 members") != std::string::npos);
}

TEST_CASE("tokens are counted of the prompt alone, and need no limit of the answer") {
    auto common = count_tokens_prompt(json_of(R"({"model":"m","system":"S","messages":[
        {"role":"user","content":"Hi"}],"tools":[{"name":"n","input_schema":{}}]})"),
                                      some_circumstances());
    REQUIRE(common);
    REQUIRE((*common)["model"] == "as-served");
    REQUIRE((*common)["messages"].size() == 2);
    REQUIRE((*common)["tools"].size() == 1);
    REQUIRE_FALSE(common->contains("max_tokens"));
    auto refused = count_tokens_prompt(json_of(R"({"messages":[{"role":"user","content":"Hi"}],
                                                   "max_tokens":9})"),
                                       some_circumstances());
    REQUIRE_FALSE(refused);
    REQUIRE(names(refused.error().message, "max_tokens"));
}
