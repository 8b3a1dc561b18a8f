#include "tools/aihub-serve/services/ollama_show.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tools/aihub-serve/services/catalogue.hpp"

using namespace aihub::serve;

namespace {

struct Shown {
    Service service;
    Upstream upstream;
    ModelEntry entry;

    Shown(std::string name, ModelType type) {
        service.config.name = "studio";
        upstream.service = &service;
        entry.name = std::move(name);
        entry.capabilities.type = type;
        entry.capabilities.abilities = abilities_of(type);
        entry.placements.push_back({&upstream, entry.name, entry.capabilities});
        entry.listed.created = 1'700'000'000;
    }

    nlohmann::json json() const { return nlohmann::json::parse(show_body(entry)); }
};

}  // namespace

TEST_CASE("a model of another server is shown as Ollama shows its own") {
    Shown shown("sees", ModelType::vision);
    shown.entry.capabilities.tools = true;
    shown.entry.capabilities.context_length = 32768;
    auto json = shown.json();
    CHECK(json["capabilities"] == nlohmann::json({"completion", "vision", "tools"}));
    CHECK(json["details"]["family"] == "vision");
    CHECK(json["details"]["families"] == nlohmann::json({"vision"}));
    CHECK(json["modified_at"] == "2023-11-14T22:13:20Z");
    CHECK(json["template"].is_string());
    CHECK(json["modelfile"].get<std::string>().find("FROM sees\n") != std::string::npos);
}

TEST_CASE("the context length stands under the architecture, where clients look for it") {
    Shown shown("talks", ModelType::text);
    shown.entry.capabilities.context_length = 8192;
    auto info = shown.json()["model_info"];
    CHECK(info[info["general.architecture"].get<std::string>() + ".context_length"] == 8192);
}

TEST_CASE("a context length that nobody knows is not made up") {
    for (const auto& [name, value] : Shown("talks", ModelType::text).json()["model_info"].items())
        CHECK(name.find("context_length") == std::string::npos);
}

TEST_CASE("a model for embeddings does not chat, and one that nobody calls a user of tools is none") {
    CHECK(Shown("embeds", ModelType::embedding).json()["capabilities"] == nlohmann::json({"embedding"}));
    CHECK(Shown("talks", ModelType::text).json()["capabilities"] == nlohmann::json({"completion"}));
    CHECK(Shown("hears", ModelType::omni).json()["capabilities"] ==
          nlohmann::json({"completion", "vision", "audio"}));
}
