#include <catch2/catch.hpp>
#include <regex>

#include "tests/unit/tools/aihub-serve/translate/said.hpp"
#include "tools/aihub-serve/translate/chat_sides.hpp"
#include "tools/aihub-serve/translate/json_text.hpp"
#include "tools/aihub-serve/translate/load_request.hpp"
#include "tools/aihub-serve/translate/ollama_options.hpp"

using namespace aihub::translate;

namespace {

using Kind = ChatEvent::Kind;

constexpr std::string_view png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk";

Circumstances circumstances() {
    Circumstances known;
    known.request_id = "req_7";
    known.client_model = "chain:latest";
    known.server_model = "org/chain";
    known.now_ms = 1'795'266'990'123;
    known.context_length = 8192;
    return known;
}

aihub::Result<Json> read_chat(const std::string& request) {
    return ollama_chat_client(circumstances())->read(*read_json(request));
}

aihub::Result<Json> read_generate(const std::string& request) {
    return ollama_generate_client(circumstances())->read(*read_json(request));
}

// The common form of a chat with these members besides its model and one message.
Json common(const std::string& members) {
    auto request = read_chat(R"({"model":"chain","messages":[{"role":"user","content":"hi"}])" +
                             (members.empty() ? "" : "," + members) + "}");
    INFO(members);
    REQUIRE(request);
    return *request;
}

std::string option(const std::string& options, const std::string& name) {
    return json_text(member(common("\"options\":{" + options + "}"), name));
}

std::string refusal(const aihub::Result<Json>& request) {
    REQUIRE_FALSE(request);
    REQUIRE(request.error().code == aihub::ErrorCode::invalid_input);
    return request.error().message;
}

std::string refused(const std::string& members) {
    INFO(members);
    return refusal(
        read_chat(R"({"model":"chain","messages":[{"role":"user","content":"hi"}],)" + members + "}"));
}

std::string messages(const std::string& list) {
    auto request = read_chat(R"({"model":"chain","messages":)" + list + "}");
    INFO(list);
    REQUIRE(request);
    return json_text(member(*request, "messages"));
}

std::string refused_message(const std::string& message) {
    INFO(message);
    return refusal(read_chat(R"({"model":"chain","messages":[)" + message + "]}"));
}

bool names(const std::string& message, std::string_view member) {
    return message.find('"' + std::string(member)) != std::string::npos;
}

// What comes of events when a request with these members has been read, times left out.
std::string reply(std::unique_ptr<ClientSide> client, const std::string& request,
                  const std::vector<ChatEvent>& events) {
    REQUIRE(client->read(*read_json(request)));
    std::string out;
    for (const ChatEvent& event : events) client->event(event, out);
    client->end(out);
    static const std::regex time(R"("created_at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z")"),
        total(R"("total_duration":\d+)");
    return std::regex_replace(std::regex_replace(out, time, "\"created_at\":T"), total,
                              "\"total_duration\":N");
}

std::string chat_reply(const std::string& members, const std::vector<ChatEvent>& events) {
    return reply(ollama_chat_client(circumstances()),
                 R"({"model":"chain","messages":[{"role":"user","content":"hi"}])" + members + "}", events);
}

std::string generate_reply(const std::string& members, const std::vector<ChatEvent>& events) {
    return reply(ollama_generate_client(circumstances()), R"({"model":"chain","prompt":"hi")" + members + "}",
                 events);
}

}  // namespace

TEST_CASE("an Ollama request streams unless it says otherwise") {
    REQUIRE(json_text(common("")) ==
            R"({"model":"org/chain","messages":[{"role":"user","content":"hi"}],"stream":true,)"
            R"("stream_options":{"include_usage":true}})");
    REQUIRE(member(common("\"stream\":null"), "stream") == true);
    REQUIRE(member(common("\"stream\":false"), "stream") == false);
    REQUIRE(member(common("\"stream\":false"), "stream_options").is_null());
    REQUIRE(names(refused("\"stream\":\"yes\""), "stream"));
    auto client = ollama_chat_client(circumstances());
    REQUIRE(client->read(*read_json(R"({"messages":[{"role":"user","content":"hi"}],"stream":false})")));
    REQUIRE_FALSE(client->streams());
    REQUIRE(client->content_type() == "application/json; charset=utf-8");
    REQUIRE(ollama_chat_client(circumstances())->content_type() == "application/x-ndjson");
}

TEST_CASE("Ollama's options become the members that other servers take") {
    for (const char* name : {"temperature", "top_p", "min_p", "typical_p", "presence_penalty",
                             "frequency_penalty", "repeat_penalty", "mirostat_tau", "mirostat_eta"}) {
        INFO(name);
        REQUIRE(option("\"" + std::string(name) + "\":0.25", name) == "0.25");
        REQUIRE(names(refused("\"options\":{\"" + std::string(name) + "\":\"x\"}"),
                      "options." + std::string(name)));
    }
    for (const char* name : {"top_k", "seed", "repeat_last_n", "mirostat"}) {
        INFO(name);
        REQUIRE(option("\"" + std::string(name) + "\":2", name) == "2");
        REQUIRE(names(refused("\"options\":{\"" + std::string(name) + "\":2.5}"),
                      "options." + std::string(name)));
    }
    REQUIRE(option("\"repeat_penalty\":1.1", "repetition_penalty") == "1.1");
    REQUIRE(option("\"penalize_newline\":true", "penalize_nl") == "true");
    REQUIRE(option("\"stop\":[\"a\",\"b\"]", "stop") == R"(["a","b"])");
    REQUIRE(option("\"stop\":\"a\"", "stop") == R"(["a"])");
    REQUIRE(option("\"stop\":[]", "stop") == "null");
    REQUIRE(names(refused("\"options\":{\"stop\":[1]}"), "options.stop"));
    REQUIRE(option("\"top_k\":null", "top_k") == "null");
    REQUIRE(names(refused("\"options\":[1]"), "options"));
}

TEST_CASE("num_predict is a limit, -1 and 0 are none, other negative ones cannot be had") {
    REQUIRE(option("\"num_predict\":5", "max_tokens") == "5");
    REQUIRE(option("\"num_predict\":-1", "max_tokens") == "null");
    REQUIRE(option("\"num_predict\":0", "max_tokens") == "null");
    REQUIRE(names(refused("\"options\":{\"num_predict\":-2}"), "options.num_predict"));
}

TEST_CASE("a context that the server has anyway can be asked for, a larger or unknown one cannot") {
    REQUIRE(option("\"num_ctx\":8192", "num_ctx") == "null");
    REQUIRE(names(refused("\"options\":{\"num_ctx\":8193}"), "options.num_ctx"));
    Circumstances unknown = circumstances();
    unknown.context_length.reset();
    REQUIRE_FALSE(ollama_chat_client(unknown)->read(
        *read_json(R"({"messages":[{"role":"user","content":"hi"}],"options":{"num_ctx":1}})")));
}

TEST_CASE("options about Ollama's own machine are refused by name") {
    for (const char* name : {"num_gpu", "num_thread", "num_batch", "main_gpu", "use_mmap", "use_mlock",
                             "num_keep", "numa", "low_vram", "tfs_z", "unheard_of"}) {
        INFO(name);
        REQUIRE(
            names(refused("\"options\":{\"" + std::string(name) + "\":1}"), "options." + std::string(name)));
    }
}

TEST_CASE("keep_alive is how long the model stays, as Ollama reads it") {
    auto ttl = [](const std::string& value) {
        return json_text(member(common("\"keep_alive\":" + value), "ttl"));
    };
    REQUIRE(ttl("300") == "300");
    REQUIRE(ttl("\"5m\"") == "300");
    REQUIRE(ttl("\"1h30m5.5s\"") == "5406");
    REQUIRE(ttl("\"500ms\"") == "1");
    REQUIRE(ttl("\"0\"") == "1");  // no server lets go of a model before it has answered
    REQUIRE(ttl("0") == "1");
    REQUIRE(ttl("-1") == "null");
    REQUIRE(ttl("\"-1s\"") == "null");
    REQUIRE(ttl("1e300") == "3153600000");
    for (const char* wrong :
         {"\"-1\"", "\"5\"", "\"5 m\"", "\"m\"", "\"\"", "\"5m-1s\"", "\"nan\"", "\"infs\"", "true", "[]"}) {
        INFO(wrong);
        REQUIRE(names(refused("\"keep_alive\":" + std::string(wrong)), "keep_alive"));
    }
}

TEST_CASE("format is a response_format") {
    REQUIRE(json_text(member(common("\"format\":\"json\""), "response_format")) ==
            R"({"type":"json_object"})");
    REQUIRE(
        json_text(member(common(R"("format":{"type":"object"})"), "response_format")) ==
        R"({"type":"json_schema","json_schema":{"name":"format","strict":true,"schema":{"type":"object"}}})");
    REQUIRE(member(common("\"format\":\"\""), "response_format").is_null());
    REQUIRE(names(refused("\"format\":\"xml\""), "format"));
    REQUIRE(names(refused("\"format\":[]"), "format"));
}

TEST_CASE("think switches the template's thinking, and says how much") {
    auto kwargs = [](const std::string& value) {
        return json_text(member(common("\"think\":" + value), "chat_template_kwargs"));
    };
    REQUIRE(kwargs("true") == R"({"enable_thinking":true})");
    REQUIRE(kwargs("false") == R"({"enable_thinking":false})");
    REQUIRE(kwargs("\"low\"") == R"({"enable_thinking":true})");
    REQUIRE(member(common("\"think\":\"high\""), "reasoning_effort") == "high");
    REQUIRE(member(common("\"think\":false"), "reasoning_effort") == "none");
    REQUIRE(member(common("\"think\":true"), "reasoning_effort").is_null());
    REQUIRE(names(refused("\"think\":\"much\""), "think"));
    REQUIRE(names(refused("\"think\":1"), "think"));
}

TEST_CASE("other members have their counterparts or are refused by name") {
    REQUIRE(member(common("\"logprobs\":true,\"top_logprobs\":2"), "top_logprobs") == 2);
    REQUIRE(member(common("\"top_logprobs\":0"), "top_logprobs").is_null());
    REQUIRE(member(common("\"truncate\":false,\"shift\":false"), "truncate").is_null());
    REQUIRE(member(common(R"("tools":[{"type":"function"}])"), "tools").size() == 1);
    REQUIRE(member(common(R"("tools":[])"), "tools").is_null());
    for (const char* member : {"\"truncate\":true", "\"shift\":true", "\"tools\":{}", "\"logprobs\":1",
                               "\"top_logprobs\":-1", "\"template\":\"x\"", "\"unheard_of\":1"}) {
        std::string name(member, 1, std::string_view(member).find('"', 1) - 1);
        REQUIRE(names(refused(member), name));
    }
}

TEST_CASE("pictures become parts in front of the text, their type known by their first bytes") {
    REQUIRE(messages(R"([{"role":"user","content":"what?","images":[")" + std::string(png) + "\"]}]") ==
            R"([{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,)" +
                std::string(png) + R"("}},{"type":"text","text":"what?"}]}])");
    auto type = [](const std::string& base64) {
        std::string out = messages(R"([{"role":"user","images":[")" + base64 + "\"]}]");
        return out.substr(out.find("data:") + 5, out.find(';') - out.find("data:") - 5);
    };
    REQUIRE(type("/9j/4AAQSkZJRgABAQ==") == "image/jpeg");
    REQUIRE(type("R0lGODlhAQABAIAAAA==") == "image/gif");
    REQUIRE(type("UklGRiQAAABXRUJQVlA4IA==") == "image/webp");
    REQUIRE(type("Qk1GAAAAAAAAAA==") == "image/bmp");
    REQUIRE(messages(R"([{"role":"user","content":"a","images":[]}])") ==
            R"([{"role":"user","content":"a"}])");
}

TEST_CASE("a picture that is none is refused by its place") {
    for (const char* image : {"\"\"", "\"aGVsbG8gd29ybGQh\"", "\"data:image/png;base64,iVBORw0KGgo=\"",
                              "\"iVBORw0KGg\\\"o=\"", "7"}) {
        INFO(image);
        REQUIRE(
            names(refused_message(R"({"role":"user","content":"a","images":[)" + std::string(image) + "]}"),
                  "messages[0].images[0]"));
    }
    REQUIRE(names(refused_message(R"({"role":"user","images":"x"})"), "messages[0].images"));
}

TEST_CASE("results of tools are matched with their calls: by id, by the tool's name, by order") {
    REQUIRE(
        messages(
            R"([{"role":"assistant","content":"","thinking":"hm","tool_calls":[)"
            R"({"function":{"name":"f","arguments":{"a":1}}},{"function":{"name":"g","arguments":{}}},)"
            R"({"id":"own","function":{"index":2,"name":"f","arguments":{}}}]},)"
            R"({"role":"tool","tool_name":"g","content":"G"},{"role":"tool","tool_call_id":"own","content":"O"},)"
            R"({"role":"tool","content":"F"},{"role":"tool","content":"?"}])") ==
        R"([{"role":"assistant","content":"","reasoning_content":"hm","tool_calls":[)"
        R"({"id":"call00001","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},)"
        R"({"id":"call00002","type":"function","function":{"name":"g","arguments":"{}"}},)"
        R"({"id":"own","type":"function","function":{"name":"f","arguments":"{}"}}]},)"
        R"({"role":"tool","content":"G","tool_call_id":"call00002","name":"g"},)"
        R"({"role":"tool","content":"O","tool_call_id":"own"},)"
        R"({"role":"tool","content":"F","tool_call_id":"call00001"},)"
        R"({"role":"tool","content":"?","tool_call_id":"call00000"}])");
}

TEST_CASE("messages that are none are refused by their place") {
    REQUIRE(names(refused_message("7"), "messages[0]"));
    REQUIRE(names(refused_message(R"({"role":"king","content":"a"})"), "messages[0].role"));
    REQUIRE(names(refused_message(R"({"role":"user","content":[{"type":"text"}]})"), "messages[0].content"));
    REQUIRE(names(refused_message(R"({"role":"user","content":"a","audio":"b"})"), "messages[0].audio"));
    REQUIRE(names(refused_message(R"({"role":"assistant","tool_calls":{}})"), "messages[0].tool_calls"));
    REQUIRE(names(refused_message(R"({"role":"assistant","tool_calls":[{"function":{"arguments":{}}}]})"),
                  "messages[0].tool_calls[0].function.name"));
    REQUIRE(names(
        refused_message(R"({"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]})"),
        "messages[0].tool_calls[0].function.arguments"));
    REQUIRE(names(refusal(read_chat(R"({"messages":"hi"})")), "messages"));
    REQUIRE(names(refusal(read_chat(R"({"model":"chain"})")), "messages"));
}

TEST_CASE("a chat is streamed line by line as Ollama does") {
    REQUIRE(
        chat_reply(
            "", {thought("hm"), text("He\"l"), text("lo"), finished(FinishReason::length), counted(13, 2)}) ==
        R"({"model":"chain:latest","created_at":T,"message":{"role":"assistant","content":"","thinking":"hm"},"done":false})"
        "\n"
        R"({"model":"chain:latest","created_at":T,"message":{"role":"assistant","content":"He\"l"},"done":false})"
        "\n"
        R"({"model":"chain:latest","created_at":T,"message":{"role":"assistant","content":"lo"},"done":false})"
        "\n"
        R"({"model":"chain:latest","created_at":T,"message":{"role":"assistant","content":""},"done":true,"done_reason":"length",)"
        R"("total_duration":N,"prompt_eval_count":13,"eval_count":2})"
        "\n");
}

TEST_CASE("a whole chat has thinking and calls in its message") {
    REQUIRE(
        chat_reply(",\"stream\":false",
                   {thought("h"), thought("m"), text("Hel"), text("lo"), call(0, "x", "f", "{\"a\":"),
                    call(1, "", "g", ""), arguments(0, "1}"), finished(FinishReason::tool_calls)}) ==
        R"({"model":"chain:latest","created_at":T,"message":{"role":"assistant","content":"Hello","thinking":"hm","tool_calls":[)"
        R"({"id":"x","function":{"index":0,"name":"f","arguments":{"a":1}}},)"
        R"({"id":"call_71a1fe40502b_1","function":{"index":1,"name":"g","arguments":{}}}]},"done":true,"done_reason":"stop",)"
        R"("total_duration":N})");
}

TEST_CASE("calls of a stream are given whole, on a line before the last") {
    std::string out = chat_reply(
        "", {call(0, "x", "f", "{"), arguments(0, "\"a\":[1]}"), finished(FinishReason::tool_calls)});
    REQUIRE(
        out.substr(0, out.find('\n')) ==
        R"({"model":"chain:latest","created_at":T,"message":{"role":"assistant","content":"",)"
        R"("tool_calls":[{"id":"x","function":{"index":0,"name":"f","arguments":{"a":[1]}}}]},"done":false})");
    REQUIRE(out.find("\"done_reason\":\"stop\"") != std::string::npos);
}

TEST_CASE("arguments that were cut short are said as text, not lost") {
    std::string out =
        chat_reply(",\"stream\":false", {call(0, "x", "f", "{\"a\":"), finished(FinishReason::length)});
    REQUIRE(out.find(R"("content":"f{\"a\":")") != std::string::npos);
    REQUIRE(out.find("tool_calls") == std::string::npos);
}

TEST_CASE("durations are the server's; what it does not say is left out") {
    ChatEvent event = counted(1, 2);
    event.timing = {9, 1, 2, 3};
    REQUIRE(
        chat_reply("", {finished(FinishReason::stop), event})
            .find(
                R"("total_duration":N,"load_duration":1,"prompt_eval_count":1,"prompt_eval_duration":2,"eval_count":2,"eval_duration":3})") !=
        std::string::npos);
}

TEST_CASE("log probabilities have Ollama's form, alternatives only when asked for") {
    ChatEvent event = text("a");
    event.logprobs =
        R"({"content":[{"id":1,"token":"a","logprob":-0.5,"bytes":[97],"top_logprobs":[{"token":"b","bytes":null,"logprob":-1}]}]})";
    REQUIRE(
        chat_reply(",\"logprobs\":true,\"top_logprobs\":1", {event})
            .find(
                R"("done":false,"logprobs":[{"token":"a","logprob":-0.5,"bytes":[97],"top_logprobs":[{"token":"b","logprob":-1}]}]})") !=
        std::string::npos);
    REQUIRE(
        chat_reply(",\"logprobs\":true,\"stream\":false", {event, event})
            .find(
                R"("logprobs":[{"token":"a","logprob":-0.5,"bytes":[97]},{"token":"a","logprob":-0.5,"bytes":[97]}],"total_duration")") !=
        std::string::npos);
}

TEST_CASE("a generation is a conversation of one message") {
    auto request = read_generate(
        R"({"model":"chain","prompt":"hi","system":"be brief","images":[")" + std::string(png) +
        R"("],"options":{"num_predict":3},"stream":false,"raw":false,"context":[],"suffix":"","template":""})");
    REQUIRE(request);
    REQUIRE(json_text(*request) ==
            R"({"model":"org/chain","messages":[{"role":"system","content":"be brief"},)"
            R"({"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,)" +
                std::string(png) + R"("}},{"type":"text","text":"hi"}]}],"stream":false,"max_tokens":3})");
}

TEST_CASE("what reaches past the model's template cannot be had by generate") {
    for (const char* member :
         {"\"raw\":true", "\"template\":\"x\"", "\"context\":[1]", "\"suffix\":\"x\"", "\"width\":1"}) {
        std::string name(member, 1, std::string_view(member).find('"', 1) - 1);
        INFO(name);
        REQUIRE(names(refusal(read_generate(R"({"prompt":"hi",)" + std::string(member) + "}")), name));
    }
    REQUIRE(names(refusal(read_generate(R"({"prompt":["hi"]})")), "prompt"));
    REQUIRE(names(refusal(read_generate(R"({"prompt":"hi","system":1})")), "system"));
}

TEST_CASE("a generation is answered as Ollama does, streamed and whole") {
    REQUIRE(
        generate_reply("", {thought("hm"), text("Hi"), finished(FinishReason::stop), counted(1, 1)}) ==
        R"({"model":"chain:latest","created_at":T,"response":"","thinking":"hm","done":false})"
        "\n"
        R"({"model":"chain:latest","created_at":T,"response":"Hi","done":false})"
        "\n"
        R"({"model":"chain:latest","created_at":T,"response":"","done":true,"done_reason":"stop","total_duration":N,)"
        R"("prompt_eval_count":1,"eval_count":1})"
        "\n");
    REQUIRE(
        generate_reply(",\"stream\":false",
                       {thought("hm"), text("H"), text("i"), finished(FinishReason::stop)}) ==
        R"({"model":"chain:latest","created_at":T,"response":"Hi","thinking":"hm","done":true,"done_reason":"stop","total_duration":N})");
}

TEST_CASE("a request that says nothing loads the model") {
    auto loads = [](Api api, const char* request) { return is_load_request(api, *read_json(request)); };
    REQUIRE(loads(Api::ollama_chat, R"({"model":"m"})"));
    REQUIRE(loads(Api::ollama_chat, R"({"model":"m","messages":[]})"));
    REQUIRE_FALSE(loads(Api::ollama_chat, R"({"model":"m","messages":[{"role":"user","content":"a"}]})"));
    REQUIRE(loads(Api::ollama_generate, R"({"model":"m","prompt":""})"));
    REQUIRE(loads(Api::ollama_generate, R"({"model":"m","keep_alive":-1})"));
    REQUIRE_FALSE(loads(Api::ollama_generate, R"({"model":"m","prompt":"a"})"));
    REQUIRE_FALSE(loads(Api::chat, R"({"model":"m"})"));
}

TEST_CASE("loading is answered as Ollama does; unloading cannot be had") {
    REQUIRE(*load_reply(Api::ollama_chat, *read_json("{}"), circumstances()) ==
            R"({"model":"chain:latest","created_at":"2026-11-21T13:16:30.123000000Z",)"
            R"("message":{"role":"assistant","content":""},"done":true,"done_reason":"load"})");
    REQUIRE(
        *load_reply(Api::ollama_generate, *read_json(R"({"keep_alive":"5m"})"), circumstances()) ==
        R"({"model":"chain:latest","created_at":"2026-11-21T13:16:30.123000000Z","response":"","done":true,"done_reason":"load"})");
    for (const char* request : {R"({"keep_alive":0})", R"({"keep_alive":"0s"})", R"({"keep_alive":"soon"})"})
        REQUIRE(names(load_reply(Api::ollama_chat, *read_json(request), circumstances()).error().message,
                      "keep_alive"));
}

TEST_CASE("only a request that can be read, and says nothing, is answered as one to load") {
    auto answer = [](const std::string& request) {
        return answer_load_request(Api::ollama_chat, request, circumstances());
    };
    REQUIRE(answer(R"({"model":"m"})"));
    REQUIRE(*answer(R"({"model":"m","messages":[]})"));
    REQUIRE_FALSE(*answer(R"({"model":"m","keep_alive":0})"));
    REQUIRE_FALSE(answer(R"({"model":"m","messages":[{"role":"user","content":"a"}]})"));
    REQUIRE_FALSE(answer(R"({"model":"m","model":"n"})"));
    REQUIRE_FALSE(answer(R"({"model":"m","x":)" + std::string(600, '[') + std::string(600, ']') + "}"));
    REQUIRE_FALSE(answer(R"({"model":"m","x":")" + std::string(4096, 'x') + "\"}"));
    for (const char* none : {"", "[]", "null", "{"}) REQUIRE_FALSE(answer(none));
}
