#include "tools/aihub-serve/translate/embeddings.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "tools/aihub-serve/translate/json_text.hpp"
#include "tools/aihub-serve/translate/number_lists.hpp"

using namespace aihub::translate;

namespace {

constexpr Api apis[] = {Api::embeddings, Api::ollama_embed, Api::ollama_embeddings};

Circumstances circumstances() {
    Circumstances known;
    known.client_model = "as-asked";
    known.server_model = "as-served";
    known.context_length = 2048;
    return known;
}

Json json(std::string_view text) {
    auto parsed = read_json(text);
    INFO(text);
    REQUIRE(parsed);
    return *parsed;
}

std::unique_ptr<Translation> translated(Api from, Api to, std::string_view request) {
    auto translation = translate_embeddings(from, to, json(request), circumstances());
    INFO(request);
    REQUIRE(translation);
    return std::move(*translation);
}

Json asked(Api from, Api to, std::string_view request) {
    return json(translated(from, to, request)->request());
}

std::string refusal(Api from, Api to, std::string_view request) {
    auto translation = translate_embeddings(from, to, json(request), circumstances());
    INFO(request);
    REQUIRE_FALSE(translation);
    REQUIRE(translation.error().code == aihub::ErrorCode::invalid_input);
    return translation.error().message;
}

struct Answer {
    std::string text;
    Verdict verdict;
};

Answer answered(Translation& translation, std::string_view reply, std::size_t cut = 0) {
    Answer answer{{}, Verdict::nonsense};
    if (translation.feed(reply.substr(0, cut), answer.text) &&
        translation.feed(reply.substr(cut), answer.text))
        answer.verdict = translation.end(answer.text);
    return answer;
}

std::string answer_of(Api from, Api to, std::string_view request, std::string_view reply) {
    auto translation = translated(from, to, request);
    Answer answer = answered(*translation, reply);
    INFO(reply);
    REQUIRE(answer.verdict == Verdict::whole);
    return answer.text;
}

constexpr std::string_view two_texts = R"({"model":"x","input":["a","b"]})";
constexpr std::string_view one_prompt = R"({"model":"x","prompt":"a"})";

// Two embeddings whose numbers have more and fewer digits than a double needs.
constexpr std::string_view openai_reply =
    R"({"object":"list","data":[{"object":"embedding","embedding":[0.1000000000000000055511151231257827, -1e-07,3],)"
    R"("index":0},{"object":"embedding","embedding":[0.5,0.25,1.0E+2],"index":1}],"model":"as-served",)"
    R"("usage":{"prompt_tokens":5,"total_tokens":5}})";
constexpr std::string_view ollama_reply =
    R"({"model":"as-served","embeddings":[[0.1000000000000000055511151231257827, -1e-07,3],[0.5,0.25,1.0E+2]],)"
    R"("total_duration":30,"load_duration":10,"prompt_eval_count":5})";

}  // namespace

TEST_CASE("texts to embed go from OpenAI's API to Ollama's and back") {
    CHECK(asked(Api::embeddings, Api::ollama_embed, R"({"model":"x","input":"a","user":"u"})") ==
          json(R"({"model":"as-served","input":"a"})"));
    CHECK(asked(Api::embeddings, Api::ollama_embed, R"({"model":"x","input":["a","b"],"dimensions":4})") ==
          json(R"({"model":"as-served","input":["a","b"],"dimensions":4})"));
    CHECK(asked(Api::ollama_embed, Api::embeddings, R"({"model":"x","input":["a","b"],"dimensions":4})") ==
          json(R"({"model":"as-served","input":["a","b"],"dimensions":4})"));
}

TEST_CASE("the older API of Ollama takes one text, which it calls the prompt") {
    CHECK(asked(Api::ollama_embeddings, Api::embeddings, one_prompt) ==
          json(R"({"model":"as-served","input":"a"})"));
    CHECK(asked(Api::ollama_embeddings, Api::ollama_embed, one_prompt) ==
          json(R"({"model":"as-served","input":"a"})"));
    CHECK(asked(Api::embeddings, Api::ollama_embeddings, R"({"model":"x","input":["a"]})") ==
          json(R"({"model":"as-served","prompt":"a"})"));
    CHECK(refusal(Api::embeddings, Api::ollama_embeddings, two_texts).find("input") == 1);
    CHECK(refusal(Api::ollama_embed, Api::ollama_embeddings, R"({"model":"x","input":"a","dimensions":4})")
              .find("dimensions") == 1);
}

TEST_CASE("tokens instead of text are refused towards every other API") {
    for (Api to : {Api::ollama_embed, Api::ollama_embeddings}) {
        CHECK(refusal(Api::embeddings, to, R"({"model":"x","input":[1,2]})").find("input") == 1);
        CHECK(refusal(Api::embeddings, to, R"({"model":"x","input":[[1,2],[3]]})").find("input") == 1);
    }
}

TEST_CASE("requests for embeddings that are none are refused by member") {
    CHECK(refusal(Api::embeddings, Api::ollama_embed, R"({"model":"x"})").find("input") == 1);
    CHECK(refusal(Api::embeddings, Api::ollama_embed, R"({"model":"x","input":5})").find("input") == 1);
    CHECK(refusal(Api::embeddings, Api::ollama_embed, R"({"model":"x","input":["a",5]})").find("input") == 1);
    CHECK(refusal(Api::embeddings, Api::ollama_embed, R"({"input":"a","encoding_format":"hex"})")
              .find("encoding_format") == 1);
    CHECK(
        refusal(Api::embeddings, Api::ollama_embed, R"({"input":"a","dimensions":"4"})").find("dimensions") ==
        1);
    CHECK(refusal(Api::embeddings, Api::ollama_embed, R"({"input":"a","input_type":"query"})")
              .find("input_type") == 1);
    CHECK(refusal(Api::ollama_embed, Api::embeddings, R"({"input":"a","truncate":"end"})").find("truncate") ==
          1);
    CHECK(refusal(Api::ollama_embeddings, Api::embeddings, R"({"input":"a"})").find("prompt") == 1);
    CHECK(refusal(Api::ollama_embeddings, Api::embeddings, R"({"prompt":["a"]})").find("prompt") == 1);
}

TEST_CASE("options and keep_alive of Ollama stay what they are between its two APIs") {
    CHECK(asked(Api::ollama_embeddings, Api::ollama_embed,
                R"({"prompt":"a","options":{"num_thread":2},"keep_alive":"5m"})") ==
          json(R"({"model":"as-served","input":"a","options":{"num_thread":2},"keep_alive":"5m"})"));
}

TEST_CASE("options towards OpenAI's API are had or refused by name") {
    auto request = [](const std::string& options) { return R"({"input":"a","options":)" + options + "}"; };
    CHECK(asked(Api::ollama_embed, Api::embeddings,
                request(R"({"temperature":0,"num_ctx":2048,"num_gpu":null})")) ==
          json(R"({"model":"as-served","input":"a"})"));
    CHECK(
        refusal(Api::ollama_embed, Api::embeddings, request(R"({"num_ctx":4096})")).find("options.num_ctx") ==
        1);
    CHECK(refusal(Api::ollama_embed, Api::embeddings, request(R"({"num_gpu":1})")).find("options.num_gpu") ==
          1);
}

TEST_CASE("how long a model stays is kept between Ollama's word and LM Studio's") {
    CHECK(member(asked(Api::ollama_embed, Api::embeddings, R"({"input":"a","keep_alive":"2m"})"), "ttl") ==
          120);
    CHECK_FALSE(
        asked(Api::ollama_embed, Api::embeddings, R"({"input":"a","keep_alive":-1})").contains("ttl"));
    CHECK(member(asked(Api::embeddings, Api::ollama_embed, R"({"input":"a","ttl":60})"), "keep_alive") == 60);
    CHECK(refusal(Api::ollama_embed, Api::embeddings, R"({"input":"a","keep_alive":"long"})")
              .find("keep_alive") == 1);
}

TEST_CASE("Ollama's truncate is accepted either way") {
    for (std::string value : {"true", "false"})
        CHECK_FALSE(asked(Api::ollama_embed, Api::embeddings, R"({"input":"a","truncate":)" + value + "}")
                        .contains("truncate"));
}

TEST_CASE("embeddings keep every digit on their way from Ollama's API to OpenAI's") {
    CHECK(
        answer_of(Api::embeddings, Api::ollama_embed, two_texts, ollama_reply) ==
        R"({"object":"list","data":[{"object":"embedding","embedding":[0.1000000000000000055511151231257827, -1e-07,3],)"
        R"("index":0},{"object":"embedding","embedding":[0.5,0.25,1.0E+2],"index":1}],"model":"as-asked",)"
        R"("usage":{"prompt_tokens":5,"total_tokens":5}})");
}

TEST_CASE("embeddings keep every digit on their way from OpenAI's API to Ollama's") {
    CHECK(
        answer_of(Api::ollama_embed, Api::embeddings, two_texts, openai_reply) ==
        R"({"model":"as-asked","embeddings":[[0.1000000000000000055511151231257827, -1e-07,3],[0.5,0.25,1.0E+2]],)"
        R"("prompt_eval_count":5})");
}

TEST_CASE("the older API of Ollama gives and gets one embedding") {
    CHECK(answer_of(Api::ollama_embeddings, Api::embeddings, one_prompt,
                    R"({"data":[{"embedding":[0.5,1],"index":0}]})") == R"({"embedding":[0.5,1]})");
    CHECK(answer_of(Api::ollama_embeddings, Api::ollama_embed, one_prompt, R"({"embeddings":[]})") ==
          R"({"embedding":[]})");
    CHECK(answer_of(Api::ollama_embed, Api::ollama_embeddings, R"({"input":"a"})",
                    R"({"embedding":[0.5,1]})") == R"({"model":"as-asked","embeddings":[[0.5,1]]})");
    auto translation = translated(Api::ollama_embeddings, Api::embeddings, one_prompt);
    CHECK(answered(*translation, openai_reply).verdict == Verdict::nonsense);
}

TEST_CASE("embeddings come in the order of their index") {
    CHECK(answer_of(Api::ollama_embed, Api::embeddings, two_texts,
                    R"({"data":[{"embedding":[2],"index":1},{"embedding":[1],"index":0}]})") ==
          R"({"model":"as-asked","embeddings":[[1],[2]]})");
}

TEST_CASE("embeddings in base64 are little-endian 32-bit floats") {
    std::string text =
        answer_of(Api::embeddings, Api::ollama_embed, R"({"input":"a","encoding_format":"base64"})",
                  R"({"embeddings":[[1,-2.5, 0.1]]})");
    CHECK(json(text)["data"][0]["embedding"] == "AACAPwAAIMDNzMw9");
}

TEST_CASE("a server's base64 is read where the client wants numbers") {
    CHECK(answer_of(Api::ollama_embed, Api::embeddings, R"({"input":"a"})",
                    R"({"data":[{"embedding":"AACAPwAAIMDNzMw9","index":0}]})") ==
          R"({"model":"as-asked","embeddings":[[1,-2.5,0.1]]})");
}

TEST_CASE("floats come back from base64 as they were, in the shortest text") {
    for (float number :
         {0.0f, 1.0f, -0.1f, 3.4028235e38f, 1.17549435e-38f, 1e-45f, 16777217.0f, 0.3333333f}) {
        char text[64];
        std::snprintf(text, sizeof text, "%.17g", static_cast<double>(number));
        auto base64 = floats_in_base64(text);
        REQUIRE(base64);
        auto again = floats_from_base64(*base64);
        REQUIRE(again);
        CHECK(std::strtof(again->c_str(), nullptr) == number);
        CHECK(again->size() <= std::string(text).size());
        CHECK(floats_in_base64(*again) == base64);
    }
    CHECK(floats_from_base64(*floats_in_base64("0.1")) == "0.1");
}

TEST_CASE("numbers that 32 bits cannot hold: the small are zero, the large are refused") {
    CHECK(floats_from_base64(*floats_in_base64("1e-60")) == "0");
    CHECK_FALSE(floats_in_base64("1e60"));
    CHECK_FALSE(floats_in_base64("1,x"));
    CHECK_FALSE(floats_in_base64("1 2"));
    CHECK_FALSE(floats_from_base64("AACAfw=="));  // infinity
    CHECK_FALSE(floats_from_base64("AACA"));
    CHECK_FALSE(floats_from_base64("%%%%"));
}

TEST_CASE("lists of numbers are cut out of JSON, and nothing else") {
    CutText cut =
        cut_number_lists(R"({"a":[1, -2.5e+3],"b":"[1,2]\"[3]","c":[],"d":[[0],[ 1 ]],"e":[1,"x"],"f":[01],)"
                         R"("g":[1,],"h":[1)");
    CHECK(cut.text ==
          R"({"a":"#0","b":"[1,2]\"[3]","c":[],"d":["#1","#2"],"e":[1,"x"],"f":[01],"g":[1,],"h":[1)");
    CHECK(cut.lists == std::vector<std::string_view>{"1, -2.5e+3", "0", " 1 "});
}

TEST_CASE("a reply of embeddings may be cut anywhere") {
    for (std::size_t cut = 0; cut <= ollama_reply.size(); ++cut) {
        auto translation = translated(Api::embeddings, Api::ollama_embed, two_texts);
        Answer answer = answered(*translation, ollama_reply, cut);
        CHECK(answer.verdict == Verdict::whole);
        CHECK(translation->tokens_in() == 5);
    }
}

TEST_CASE("half a reply is broken off, and nothing of it is passed on") {
    for (std::size_t size = 0; size < ollama_reply.size(); ++size) {
        auto translation = translated(Api::embeddings, Api::ollama_embed, two_texts);
        Answer answer = answered(*translation, ollama_reply.substr(0, size));
        CHECK(answer.verdict == Verdict::broken_off);
        CHECK(answer.text.empty());
    }
}

TEST_CASE("replies that hold no embeddings are nonsense to every API") {
    for (Api from : apis)
        for (Api to : apis)
            for (std::string reply :
                 {"<html>", "[]", "{}", R"({"data":5,"embeddings":{},"embedding":"x"})",
                  R"({"data":[{"embedding":[null]}],"embeddings":[[null]],"embedding":[null]})",
                  R"({"data":[{"embedding":"#9"}],"embeddings":["#9"],"embedding":"#9"})",
                  R"({"data":[{"embedding":3}],"embeddings":[3],"embedding":3})"}) {
                auto translation =
                    translated(from, to, from == Api::ollama_embeddings ? one_prompt : R"({"input":"a"})");
                Answer answer = answered(*translation, reply);
                INFO(reply << " " << name_of(from) << " " << name_of(to));
                CHECK(answer.verdict == Verdict::nonsense);
                CHECK(answer.text.empty());
            }
}

TEST_CASE("an error in place of embeddings is told in the server's words") {
    auto translation = translated(Api::ollama_embed, Api::embeddings, two_texts);
    CHECK(answered(*translation, R"({"error":{"message":"out of memory"}})").verdict == Verdict::broken_off);
    CHECK(translation->trouble() == "out of memory");
    CHECK(translation->error_message(400, R"({"error":"too long"})") == "too long");
}

TEST_CASE("embeddings are never a stream, and JSON in the words of the client's API") {
    for (Api from : apis)
        for (Api to : apis) {
            auto translation =
                translated(from, to, from == Api::ollama_embeddings ? one_prompt : R"({"input":"a"})");
            CHECK_FALSE(translation->streams());
            CHECK(translation->content_type().substr(0, 16) == "application/json");
            CHECK(translation->server_api() == to);
        }
}
