#include "tools/aihub-serve/pipeline/content.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace aihub::serve {
namespace {

using translate::Api;

constexpr Abilities nothing{};
constexpr Abilities picture{Ability::vision};
constexpr Abilities sound{Ability::audio};

// Of a chat whose only message has this content.
Abilities needs_of_content(const std::string& content) {
    return needs_of(Api::chat, R"({"messages":[{"role":"user","content":)" + content + "}]}");
}

TEST_CASE("pictures and sound are found in the parts of every API") {
    CHECK(needs_of_content(R"("hello")") == nothing);
    CHECK(needs_of_content(R"([{"type":"text","text":"an image"}])") == nothing);
    CHECK(needs_of_content(R"([{"type":"image_url","image_url":{"url":"data:image/png;base64,x"}}])") ==
          picture);
    CHECK(needs_of_content(R"([{"type":"image_url"}])") == picture);
    CHECK(needs_of_content(R"([{"type":"image","source":{}}])") == picture);
    CHECK(needs_of_content(R"([{"type":"input_audio","input_audio":{}}])") == sound);
    CHECK(needs_of_content(R"([{"type":"audio_url"},{"type":"image"}])") == picture.with(sound));
    CHECK(needs_of_content(R"([{"type":"tool_result","content":[{"type":"image"}]}])") == picture);
    CHECK(needs_of_content(R"("look: data:image/png;base64,x")") == picture);
    CHECK(needs_of(Api::chat, R"({"messages":[{"content":"x","images":["aGk="]}]})") == picture);
    CHECK(needs_of(Api::ollama_generate, R"({"prompt":"x","images":["aGk="]})") == picture);
    CHECK(needs_of(Api::ollama_generate, R"({"prompt":"x","images":[]})") == nothing);
}

TEST_CASE("sound may stand where a picture's address belongs") {
    CHECK(needs_of_content(R"([{"type":"image_url","image_url":{"url":"data:audio/wav;base64,x"}}])") ==
          sound);
    CHECK(needs_of_content(R"([{"type":"image_url","image_url":"data:audio/wav;base64,x"}])") == sound);
}

TEST_CASE("the responses API has its items under another name") {
    auto needs = [](const std::string& input) {
        return needs_of(Api::responses, R"({"input":)" + input + "}");
    };
    CHECK(needs(R"("data:audio/wav;base64,x")") == sound);
    CHECK(needs(R"([{"type":"input_image","image_url":"http://x/y.png"}])") == picture);
    CHECK(needs(R"([{"type":"message","content":[{"type":"input_image","image_url":"x"}]}])") == picture);
    CHECK(needs(R"([{"type":"function_call_output","output":[{"type":"input_image"}]}])") == picture);
    CHECK(needs_of(Api::responses, R"({"messages":[{"content":[{"type":"image"}]}]})") == nothing);
}

TEST_CASE("a body that cannot be read, or holds something else, asks for nothing") {
    for (const char* body :
         {"", "no JSON", "[]", "7", R"({"messages":"x"})", R"({"messages":{"type":"image"}})",
          R"({"messages":["image",null,7,[]]})", R"({"messages":[{"content":{"type":"image"}}]})",
          R"({"messages":[{"content":[{"type":"image"}]})"}) {
        INFO(body);
        CHECK(needs_of(Api::chat, body) == nothing);
    }
}

TEST_CASE("content that is nested without end asks for nothing") {
    std::string deep;
    for (int level = 0; level < 600; ++level) deep += R"([{"type":"tool_result","content":)";
    deep += R"([{"type":"image"}])";
    for (int level = 0; level < 600; ++level) deep += "}]";
    CHECK(needs_of_content(deep) == nothing);
}

}  // namespace
}  // namespace aihub::serve
