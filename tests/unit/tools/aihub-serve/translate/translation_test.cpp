#include <catch2/catch.hpp>

#include "tools/aihub-serve/translate/json_text.hpp"
#include "tools/aihub-serve/translate/translation.hpp"

using namespace aihub::translate;

namespace {

constexpr Api all[] = {
    Api::chat,        Api::completions,     Api::embeddings,   Api::responses,        Api::messages,
    Api::ollama_chat, Api::ollama_generate, Api::ollama_embed, Api::ollama_embeddings};

Circumstances circumstances() {
    Circumstances known;
    known.request_id = "req_1";
    known.client_model = "name";
    known.server_model = "model";
    known.now_ms = 1'795'266'990'123;
    return known;
}

// A short request that every API of its kind understands in the same way.
std::string request_of(Api api, bool stream) {
    const std::string streams = stream ? ",\"stream\":true}" : ",\"stream\":false}";
    switch (api) {
        case Api::completions:
        case Api::ollama_generate:
            return R"({"model":"m","prompt":"hi")" + streams;
        case Api::responses:
            return R"({"model":"m","input":"hi")" + streams;
        case Api::messages:
            return R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}])" + streams;
        case Api::embeddings:
        case Api::ollama_embed:
            return R"({"model":"m","input":"hi"})";
        case Api::ollama_embeddings:
            return R"({"model":"m","prompt":"hi"})";
        default:
            return R"({"model":"m","messages":[{"role":"user","content":"hi"}])" + streams;
    }
}

std::string reply_of(Api api, bool stream) {
    if (api == Api::ollama_chat)
        return std::string(stream ? "{\"message\":{\"content\":\"H\xC3\xA9\"},\"done\":false}\n" : "") +
               R"({"message":{"content":")" + (stream ? "" : "H\xC3\xA9") +
               R"("},"done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":2})" +
               (stream ? "\n" : "");
    if (!stream)
        return "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"H\xC3\xA9\"},\"finish_reason\":"
               "\"stop\"}],"
               "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}";
    return "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"H\xC3\xA9\"}}]}\n\n"
           "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
           "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\ndata: "
           "[DONE]\n\n";
}

std::unique_ptr<Translation> made(Api from, Api to, const std::string& body) {
    auto translation = translate(from, to, body, circumstances());
    INFO(path_of(from) << " to " << path_of(to) << ": " << body);
    if (!translation) FAIL(translation.error().message);
    return std::move(*translation);
}

std::string refused(std::string_view body) {
    auto translation = translate(Api::ollama_chat, Api::chat, body, circumstances());
    REQUIRE_FALSE(translation);
    REQUIRE(translation.error().code == aihub::ErrorCode::invalid_input);
    return translation.error().message;
}

bool is_embedding(Api api) {
    return path_of(api).find("embed") != std::string::npos;
}

bool is_chat_server(Api api) {
    return api == Api::chat || api == Api::ollama_chat;
}

// Without what differs from run to run: times and durations.
std::string steady(std::string text) {
    for (std::string_view name : {"\"created_at\":", "\"completed_at\":", "\"total_duration\":"})
        for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1))
            text.erase(at + name.size(), text.find_first_of(",}\n", at + name.size()) - at - name.size());
    return text;
}

}  // namespace

TEST_CASE("chats and embeddings are translated among their own kind") {
    for (Api from : all)
        for (Api to : all) {
            INFO(path_of(from) << " to " << path_of(to));
            bool chat = !is_embedding(from) && is_chat_server(to);
            REQUIRE(can_translate(from, to) ==
                    (from == to || chat || (is_embedding(from) && is_embedding(to))));
        }
}

TEST_CASE(
    "every chat reaches every chat server and is answered in its own words, wherever the reply is cut") {
    for (Api from : all)
        for (Api to : {Api::chat, Api::ollama_chat})
            for (bool stream : {true, false}) {
                if (is_embedding(from)) continue;
                INFO(path_of(from) << " to " << path_of(to) << (stream ? ", streamed" : ", whole"));
                const std::string request = request_of(from, stream), reply = reply_of(to, stream);
                auto first = made(from, to, request);
                REQUIRE(first->server_api() == to);
                REQUIRE(first->streams() == stream);
                REQUIRE(member(*read_json(first->request()), "model") == "model");
                std::string whole;
                REQUIRE(first->feed(reply, whole));
                REQUIRE(first->end(whole) == Verdict::whole);
                REQUIRE(whole.find("H\xC3\xA9") != std::string::npos);
                REQUIRE(whole.find("\"name\"") != std::string::npos);
                REQUIRE(first->tokens_in() == 3u);
                REQUIRE(first->tokens_out() == 2u);
                for (std::size_t cut = 0; cut <= reply.size(); ++cut) {
                    auto translation = made(from, to, request);
                    std::string out;
                    REQUIRE(translation->feed(std::string_view(reply).substr(0, cut), out));
                    REQUIRE(translation->feed(std::string_view(reply).substr(cut), out));
                    REQUIRE(translation->end(out) == Verdict::whole);
                    REQUIRE(steady(out) == steady(whole));
                }
            }
}

TEST_CASE("a whole reply that breaks off leaves nothing that looks like a reply") {
    for (Api to : {Api::chat, Api::ollama_chat}) {
        const std::string reply = reply_of(to, false);
        auto translation = made(Api::messages, to, request_of(Api::messages, false));
        std::string out;
        REQUIRE(translation->feed(std::string_view(reply).substr(0, reply.size() / 2), out));
        REQUIRE(translation->end(out) != Verdict::whole);
        REQUIRE(out.empty());
    }
}

TEST_CASE("a stream that breaks off has no last event") {
    auto translation = made(Api::ollama_chat, Api::chat, request_of(Api::ollama_chat, true));
    std::string out;
    REQUIRE(
        translation->feed("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n"
                          "data: {\"error\":{\"message\":\"out of memory\"}}\n\n",
                          out));
    REQUIRE(translation->end(out) == Verdict::broken_off);
    REQUIRE(translation->trouble() == "out of memory");
    REQUIRE(out.find("\"done\":true") == std::string::npos);
}

TEST_CASE("nothing more is said after nonsense") {
    auto translation = made(Api::ollama_chat, Api::chat, request_of(Api::ollama_chat, true));
    std::string out;
    REQUIRE_FALSE(translation->feed("<html>", out));
    REQUIRE_FALSE(translation->feed(reply_of(Api::chat, true), out));
    REQUIRE(translation->end(out) == Verdict::nonsense);
    REQUIRE(out.empty());
}

TEST_CASE("a body that is no request is refused with what is wrong") {
    REQUIRE(refused("") == "the JSON ends too early");
    REQUIRE(refused("{\"model\":") == "the JSON ends too early");
    REQUIRE(refused("[]") == "the body must be a JSON object");
    REQUIRE(refused("{\"model\":x}").find("at byte") != std::string::npos);
    REQUIRE(refused(std::string(600, '[')).find("512 deep") != std::string::npos);
    REQUIRE(refused(R"({"model":"a","model":"b"})").find("there twice") != std::string::npos);
    REQUIRE(translate(Api::chat, Api::responses, request_of(Api::chat, false), circumstances())
                .error()
                .message.find("/v1/responses") != std::string::npos);
    REQUIRE(translate(Api::embeddings, Api::chat, request_of(Api::embeddings, false), circumstances())
                .error()
                .message.find("/v1/embeddings") != std::string::npos);
}

TEST_CASE("what a request says deeper than one level is not lost") {
    auto translation = made(
        Api::ollama_chat, Api::chat,
        R"({"model":"m","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":)"
        R"({"name":"f","parameters":{"type":"object","properties":{"a":{"enum":[1,2.5,null,"x"]}}}}}]})");
    REQUIRE(translation->request().find(R"("properties":{"a":{"enum":[1,2.5,null,"x"]}})") !=
            std::string::npos);
}

TEST_CASE("the sentence of a server's error is found whatever its form") {
    auto translation = made(Api::ollama_chat, Api::chat, request_of(Api::ollama_chat, true));
    auto sentence = [&](std::string_view body) { return translation->error_message(503, body); };
    REQUIRE(sentence(R"({"error":{"message":"a","type":"t","code":503}})") == "a");
    REQUIRE(sentence(R"({"error":"b"})") == "b");
    REQUIRE(sentence(R"({"object":"error","message":"c","code":400})") == "c");
    REQUIRE(sentence(R"({"detail":"d"})") == "d");
    REQUIRE(sentence(R"({"detail":[{"loc":["body","messages"],"msg":"field required"}]})") ==
            "messages: field required");
    REQUIRE(sentence(R"({"error":{"error":{"message":"deep"}}})") == "deep");
    REQUIRE(sentence("busy, come back\n") == "busy, come back");
    for (const char* silent :
         {"", "<html>oops</html>", "{}", "{\"error\":null}", "{\"error\":{}}", "{\"detail\":[]}", "{\"a\""})
        REQUIRE(sentence(silent) == "the server answered with status 503");
}
