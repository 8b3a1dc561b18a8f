#include <catch2/catch.hpp>

#include "tests/unit/shared/config/fixture.hpp"

namespace aihub::config {
namespace {

using Catch::Contains;

struct Case {
    const char* text;
    const char* mistake;
};

void check_mistakes(const std::vector<Case>& cases) {
    for (const Case& each : cases) {
        INFO(each.text);
        Fixture fixture;
        CHECK(fixture.mistake_in(each.text) == each.mistake);
    }
}

TEST_CASE("the file gives models other names, one or several in order") {
    Fixture fixture;
    fixture.given_file("aihub.json", R"({"aliases": {
        "fast": "qwen3:4b",
        "best": ["lmstudio/qwen3", "fast", "gemma3"]}})");
    std::vector<ModelAlias> aliases = fixture.loaded().aliases;
    REQUIRE(aliases.size() == 2);
    CHECK(aliases[0].name == "fast");
    CHECK(aliases[0].targets == std::vector<std::string>{"qwen3:4b"});
    CHECK(aliases[1].targets == std::vector<std::string>{"lmstudio/qwen3", "fast", "gemma3"});
    CHECK(aliases[1].origin == "aihub.json:3");
}

TEST_CASE("an alias that leads nowhere is refused, with the way it goes") {
    check_mistakes({
        {R"({"aliases": {"a": "a"}})",
         "aihub.json:1: aliases.a: it leads back to itself: a → a; let it stand for a model"},
        {"{\"aliases\": {\n\"a\": \"b\",\n\"b\": [\"model\", \"c\"],\n\"c\": \"a\"}}",
         "aihub.json:4: aliases.c: it leads back to itself: a → b → c → a; let it stand for a model"},
        {R"({"aliases": {"x": "y", "y": ["m", "y"]}})",
         "aihub.json:1: aliases.y: it leads back to itself: y → y; let it stand for a model"},
        {R"({"aliases": {"a": []}})",
         "aihub.json:1: aliases.a: it stands for nothing; write a model's name, or a list of them"},
        {R"({"aliases": {"a": ""}})",
         "aihub.json:1: aliases.a: it stands for nothing; write a model's name, or a list of them"},
        {R"({"aliases": {"a": 1}})",
         "aihub.json:1: aliases.a: wrong type: a number; write a model's name, or a list of them"},
        {R"({"aliases": {"": "m"}})", "aihub.json:1: aliases.: an alias without a name; give it one"},
        {R"({"aliases": ["a"]})", "aihub.json:1: aliases: wrong type: a list; write an object"},
    });
}

// "a0" stands for "a1", and so on, the last for a model.
std::string chain_of(int length) {
    std::string text;
    for (int i = 0; i < length; ++i)
        text += (i > 0 ? ", " : "") + ("\"a" + std::to_string(i) + "\": \"a" + std::to_string(i + 1) + "\"");
    return "{\"aliases\": {" + text + "}}";
}

TEST_CASE("aliases of aliases are followed to a depth, and a longer chain is refused at its start") {
    Fixture fixture;
    CHECK(fixture.mistake_in(chain_of(deepest_alias)).empty());
    CHECK_THAT(fixture.mistake_in(chain_of(deepest_alias + 1)),
               Contains("aliases.a0: it leads through more than 32 other aliases"));
    CHECK_THAT(fixture.mistake_in(chain_of(5000)), Contains("it leads through more than 32 other aliases"));
}

TEST_CASE("two aliases of one target, by different ways, are no circle") {
    Fixture fixture;
    CHECK(fixture.mistake_in(R"({"aliases": {"a": ["b", "c"], "b": "d", "c": "d", "d": "m"}})").empty());
}

TEST_CASE("the file says of models what their servers do not") {
    Fixture fixture;
    fixture.given_file("aihub.json", R"({"models": {
        "mystery": {"type": "vision-embedding", "context_length": 8192, "tools": false,
                    "fallbacks": ["qwen3", "lmstudio/gemma"]},
        "plain": {}}})");
    std::vector<ModelConfig> models = fixture.loaded().models;
    REQUIRE(models.size() == 2);
    CHECK(models[0].name == "mystery");
    CHECK(models[0].type == "vision-embedding");
    CHECK(models[0].context_length == 8192);
    CHECK(models[0].tools == false);
    CHECK(models[0].fallbacks == std::vector<std::string>{"qwen3", "lmstudio/gemma"});
    CHECK(models[1].type.empty());
    CHECK(models[1].context_length == 0);
    CHECK_FALSE(models[1].tools.has_value());
}

TEST_CASE("what cannot be said of a model is refused") {
    check_mistakes({
        {R"({"models": {"m": {"type": "auto"}}})",
         "aihub.json:1: models.m.type: not one of text, vision, omni, embedding, vision-embedding, tts, "
         "audio: "
         "\"auto\"; give one of text, vision, omni, embedding, vision-embedding, tts, audio"},
        {R"({"models": {"m": {"context_length": 0}}})",
         "aihub.json:1: models.m.context_length: not a number in range: \"0\"; give a whole number from 1 to "
         "1000000000"},
        {R"({"models": {"m": {"tool": true}}})",
         "aihub.json:1: models.m.tool: unknown field; did you mean models.m.tools?"},
        {R"({"models": {"m": {"fallbacks": ["n", "m"]}}})",
         "aihub.json:1: models.m.fallbacks: a model cannot stand in for itself; name other models"},
        {R"({"models": {"m": "vision"}})", "aihub.json:1: models.m: wrong type: text; write an object"},
        {R"({"models": {"": {}}})", "aihub.json:1: models.: a model without a name; give it one"},
    });
}

TEST_CASE("services belong to groups, have ranks, room, prices and the APIs they speak") {
    Fixture fixture;
    fixture.given_file("aihub.json", R"({
        "groups": {"cloud": {"strategy": "cost"}},
        "services": {"vllm": {"url": "http://h:8000", "priority": 10, "group": "cloud", "max_concurrent": 4,
                              "cost": 0.25, "apis": ["chat", "responses"]},
                     "ollama": {"priority": 1}}})");
    ServiceConfig vllm = *fixture.service("vllm");
    CHECK(vllm.priority == 10);
    CHECK(vllm.group == "cloud");
    CHECK(vllm.max_concurrent == 4);
    CHECK(vllm.cost == 0.25);
    CHECK(vllm.apis == std::vector<std::string>{"chat", "responses"});
    CHECK(fixture.service("ollama")->priority == 1);
    CHECK(fixture.service("lmstudio")->priority == 0);
    CHECK(fixture.service("lmstudio")->max_concurrent == 0);
    REQUIRE(fixture.loaded().groups.size() == 1);
    CHECK(fixture.loaded().groups[0].name == "cloud");
    CHECK(fixture.loaded().groups[0].strategy == "cost");
}

TEST_CASE("a group that is not there, or says nothing, is refused") {
    check_mistakes({
        {"{\"services\": {\"s\": {\"url\": \"http://h:1\",\n\"group\": \"g\"}}}",
         "aihub.json:2: services.s.group: no group of that name: \"g\"; add it to \"groups\", with its "
         "strategy"},
        {R"({"services": {"ollama": {"group": "g"}}, "groups": {"h": {"strategy": "cost"}}})",
         "aihub.json:1: services.ollama.group: no group of that name: \"g\"; add it to \"groups\", with its "
         "strategy"},
        {R"({"groups": {"g": {}}})",
         "aihub.json:1: groups.g: it has no strategy; add \"strategy\": \"round-robin\""},
        {R"({"groups": {"g": {"strategy": "random"}}})",
         "aihub.json:1: groups.g.strategy: not one of least-outstanding, round-robin, latency, cost, sticky: "
         "\"random\"; give one of least-outstanding, round-robin, latency, cost, sticky"},
    });
}

TEST_CASE("a wrong rank, room, price or API of a service is refused") {
    check_mistakes({
        {R"({"services": {"ollama": {"priority": 1001}}})",
         "aihub.json:1: services.ollama.priority: not a number in range: \"1001\"; give a whole number from "
         "0 to "
         "1000"},
        {R"({"services": {"ollama": {"max_concurrent": 100001}}})",
         "aihub.json:1: services.ollama.max_concurrent: not a number in range: \"100001\"; give a whole "
         "number "
         "from 0 to 100000"},
        {R"({"services": {"ollama": {"cost": -1}}})",
         "aihub.json:1: services.ollama.cost: not a number: \"-1\"; give a number such as 0.0001"},
        {R"({"services": {"ollama": {"apis": ["chat", "grpc"]}}})",
         "aihub.json:1: services.ollama.apis: not one of chat, messages, responses, ollama, completions, "
         "embeddings: \"grpc\"; give one of chat, messages, responses, ollama, completions, embeddings"},
    });
}

TEST_CASE("which statuses are tried again is a list, or off") {
    Fixture fixture;
    CHECK(fixture.value("retry_status").text == "429,500,502,503,504");
    fixture.given_file("aihub.json", R"({"retry_status": [503, 529]})");
    CHECK(fixture.value("retry_status").text == "503,529");
    fixture.given_variable("AIHUB_RETRY_STATUS", "OFF");
    CHECK(fixture.value("retry_status").text == "off");
    fixture.given_variable("AIHUB_RETRY_STATUS", "503,off");
    CHECK(fixture.mistake() ==
          "environment AIHUB_RETRY_STATUS: not a list: \"503,off\"; give off alone, or leave it out");
    fixture.given_variable("AIHUB_RETRY_STATUS", "200");
    CHECK(fixture.mistake() ==
          "environment AIHUB_RETRY_STATUS: not a number in range: \"200\"; give a whole number from 400 to "
          "599");
}

}  // namespace
}  // namespace aihub::config
