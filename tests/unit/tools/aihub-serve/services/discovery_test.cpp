#include "tools/aihub-serve/services/discovery.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace aihub::serve {
namespace {

using Models = std::optional<std::vector<ListedModel>>;

TEST_CASE("Ollama's list is read, each entry kept as it came") {
    Models models = parse_ollama_tags(
        R"({"models":[{"name":"llama3:latest","model":"llama3:latest","size":3},{"model":"old"}]})");
    REQUIRE(models);
    REQUIRE(models->size() == 2);
    CHECK(models->at(0).id == "llama3:latest");
    CHECK(models->at(0).owner == "library");
    CHECK(nlohmann::json::parse(models->at(0).ollama_entry)["size"] == 3);
    CHECK(models->at(1).id == "old");
    CHECK(parse_ollama_tags(R"({"models":[]})")->empty());
}

TEST_CASE("OpenAI's list is read, with defaults for what servers leave out") {
    Models models = parse_openai_models(
        R"({"object":"list","data":[{"id":"a","created":17,"owned_by":"me"},{"id":"b","created":"x"},{"id":"c","created":1.5}]})");
    REQUIRE(models);
    REQUIRE(models->size() == 3);
    CHECK(models->at(0).created == 17);
    CHECK(models->at(0).owner == "me");
    CHECK(models->at(0).ollama_entry.empty());
    CHECK(models->at(1).created == 0);
    CHECK(models->at(1).owner == "local");
    CHECK(models->at(2).created == 0);
}

TEST_CASE("entries that name no model are left out") {
    Models tags = parse_ollama_tags(R"({"models":[null,7,"x",[],{},{"name":5},{"name":""},{"name":"a"}]})");
    REQUIRE(tags);
    CHECK(tags->size() == 1);
    Models list = parse_openai_models(R"({"data":[null,7,"x",[],{},{"id":5},{"id":""},{"id":"a"}]})");
    REQUIRE(list);
    CHECK(list->size() == 1);
}

TEST_CASE("a reply that is no list is told from an empty one") {
    for (const char* body : {"", "not json", "[]", "null", "{}", R"({"models":null})", R"({"models":{}})",
                             R"({"data":"x"})", R"({"models":[)", R"({"error":"no"})", "<html>"}) {
        INFO(body);
        CHECK_FALSE(parse_ollama_tags(body));
        CHECK_FALSE(parse_openai_models(body));
    }
    CHECK_FALSE(parse_ollama_tags(R"({"data":[]})"));
    CHECK_FALSE(parse_openai_models(R"({"models":[]})"));
}

TEST_CASE("names with bytes that are no UTF-8 do no harm") {
    CHECK_FALSE(parse_openai_models("{\"data\":[{\"id\":\"\xff\"}]}"));
    CHECK_FALSE(parse_ollama_tags("{\"models\":[{\"name\":\"\xff\"}]}"));
}

TEST_CASE("a server that is not there says why it has no models") {
    config::ServiceConfig service;
    service.name = "gone";
    service.kind = config::ServiceKind::openai;
    Findings findings = ask_for_models(service, "http://127.0.0.1:1", Milliseconds(2000));
    CHECK(findings.asked);
    CHECK_FALSE(findings.reachable);
    CHECK(findings.models.empty());
    CHECK(findings.trouble.find("http://127.0.0.1:1/v1/models") != std::string::npos);
}

}  // namespace
}  // namespace aihub::serve
