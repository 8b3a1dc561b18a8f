#include "tools/aihub-serve/services/ollama_words.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace aihub::serve {
namespace {

using Json = nlohmann::ordered_json;

Capabilities of_type(ModelType type) {
    Capabilities capabilities;
    capabilities.type = type;
    capabilities.abilities = abilities_of(type);
    return capabilities;
}

TEST_CASE("what a model can do is said in Ollama's words and order") {
    Capabilities all = of_type(ModelType::omni);
    all.tools = true;
    all.abilities = all.abilities.with({Ability::embedding});
    CHECK(ollama_capabilities(all) == Json({"completion", "vision", "audio", "tools", "embedding"}));
    CHECK(ollama_capabilities(of_type(ModelType::embedding)) == Json::array({"embedding"}));
    CHECK(ollama_capabilities(of_type(ModelType::tts)) == Json::array());
}

TEST_CASE("details have every member that Ollama's clients need") {
    CHECK(
        ollama_details(of_type(ModelType::vision)).dump() ==
        R"({"parent_model":"","format":"","family":"vision","families":["vision"],"parameter_size":"","quantization_level":""})");
}

}  // namespace
}  // namespace aihub::serve
