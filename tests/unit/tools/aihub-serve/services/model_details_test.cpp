#include "tools/aihub-serve/services/model_details.hpp"

#include <catch2/catch.hpp>

namespace aihub::serve {
namespace {

TEST_CASE("Ollama says what a model can, and how long its context may be") {
    ModelDetails details = read_ollama_show(
        R"({"capabilities":["tools","completion","vision"],
            "model_info":{"general.architecture":"gemma3","gemma3.context_length":131072,
                          "clip.vision.context_length":7}})");
    CHECK(details.statement.has == Abilities{Ability::text, Ability::vision});
    CHECK(details.statement.lacks == Abilities{Ability::audio, Ability::speech});
    CHECK(details.statement.tools == true);
    CHECK(details.statement.context_length == 131072U);
    ModelDetails embedding = read_ollama_show(R"({"capabilities":["embedding"],"model_info":{}})");
    CHECK(embedding.statement.has == Abilities{Ability::embedding});
    CHECK(embedding.statement.tools == false);
    CHECK_FALSE(embedding.statement.context_length.has_value());
}

TEST_CASE("an older Ollama, which names no capabilities, denies none") {
    ModelDetails details =
        read_ollama_show(R"({"model_info":{"general.architecture":"llama","llama.context_length":2048}})");
    CHECK(details.statement.has.empty());
    CHECK(details.statement.lacks.empty());
    CHECK_FALSE(details.statement.tools.has_value());
    CHECK(details.statement.context_length == 2048U);
}

TEST_CASE("llama.cpp says what it was started with") {
    ModelDetails details = read_llama_props(
        R"({"default_generation_settings":{"n_ctx":4096},"modalities":{"vision":true,"audio":false},
            "chat_template_caps":{"supports_tools":true,"supports_tool_calls":true}})");
    CHECK(details.statement.has == Abilities{Ability::vision});
    CHECK(details.statement.lacks == Abilities{Ability::audio});
    CHECK(details.statement.tools == true);
    CHECK(details.statement.context_length == 4096U);
}

TEST_CASE("LM Studio says the type, the context and what is loaded") {
    auto models = read_lm_studio_list(R"({"data":[
        {"id":"a","type":"llm","state":"loaded","max_context_length":32768,"loaded_context_length":8192,
         "capabilities":["tool_use"]},
        {"id":"b","type":"vlm","state":"not-loaded","max_context_length":4096,"capabilities":[]},
        {"id":"c","type":"embeddings","state":"not-loaded"},
        {"type":"llm"}, 7]})");
    REQUIRE(models.size() == 3);
    CHECK(models[0].first == "a");
    CHECK(models[0].second.loaded == true);
    CHECK(models[0].second.statement.context_length == 8192U);
    CHECK(models[0].second.statement.tools == true);
    CHECK(models[0].second.statement.lacks.has(Ability::vision));
    CHECK(models[1].second.loaded == false);
    CHECK(models[1].second.statement.has.has(Ability::vision));
    CHECK(models[1].second.statement.context_length == 4096U);
    CHECK(models[1].second.statement.tools == false);
    CHECK(models[2].second.statement.has == Abilities{Ability::embedding});
    CHECK_FALSE(models[2].second.statement.tools.has_value());
}

TEST_CASE("replies that are none of these tell nothing and do no harm") {
    for (const char* body :
         {"", "null", "[]", "7", "<html>", "{}", R"({"capabilities":"all","model_info":[],"data":{"a":1}})",
          R"({"capabilities":[null,{}],"model_info":{"general.architecture":7},"data":["x"]})",
          R"({"modalities":[],"chat_template_caps":3,"default_generation_settings":"x","data":7})",
          R"({"modalities":{"vision":"yes"},"default_generation_settings":{"n_ctx":-4}})"}) {
        INFO(body);
        CHECK_FALSE(read_ollama_show(body).statement.context_length.has_value());
        CHECK(read_ollama_show(body).statement.has.empty());
        CHECK(read_llama_props(body) == ModelDetails());
        CHECK(read_lm_studio_list(body).empty());
    }
    std::string deep = R"({"capabilities":)" + std::string(1'000'000, '[');
    CHECK(read_ollama_show(deep) == ModelDetails());
}

TEST_CASE("details count above what the list said") {
    ListedModel model{"m", 0, "o", {}};
    model.statement.has = {Ability::text, Ability::vision};
    model.statement.lacks = {Ability::audio};
    model.statement.context_length = 16384;
    ModelDetails details;
    details.statement.has = {Ability::audio};
    details.statement.lacks = {Ability::vision};
    details.statement.tools = true;
    add_details(model, details);
    add_details(model, details);
    CHECK(model.statement.has == Abilities{Ability::text, Ability::audio});
    CHECK(model.statement.lacks == Abilities{Ability::vision});
    CHECK(model.statement.tools == true);
    CHECK(model.statement.context_length == 16384U);
    CHECK_FALSE(model.loaded.has_value());
}

}  // namespace
}  // namespace aihub::serve
