#include "tools/aihub-serve/services/model_lists.hpp"

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

TEST_CASE("what a list shows of a model is read, whoever made the list") {
    Models models = parse_openai_models(R"({"data":[
        {"id":"vllm","owned_by":"vllm","max_model_len":8192},
        {"id":"studio","owned_by":"organization_owner"},
        {"id":"llama","owned_by":"llamacpp","meta":{"n_ctx":4096,"n_ctx_train":16384},
         "architecture":{"input_modalities":["text","image"]}},
        {"id":"older","owned_by":"llamacpp","meta":{"n_ctx_train":16384}},
        {"id":"asleep","owned_by":"llamacpp","status":{"value":"unloaded"}},
        {"id":"gateway","context_length":1000,"capabilities":{"vision":true,"audio":false,"tools":true}}]})");
    REQUIRE(models);
    const std::vector<ListedModel>& list = *models;
    CHECK(list[0].statement.context_length == 8192U);
    CHECK(list[0].source == ListSource::other);
    CHECK(list[1].source == ListSource::lm_studio);
    CHECK(list[2].source == ListSource::llama_cpp);
    CHECK(list[2].statement.context_length == 4096U);
    CHECK(list[2].statement.has == Abilities{Ability::vision});
    CHECK(list[2].statement.lacks == Abilities{Ability::audio});
    CHECK_FALSE(list[2].identity.empty());
    CHECK(list[3].statement.context_length == 16384U);
    CHECK(list[4].source == ListSource::other);
    CHECK(list[5].statement.has == Abilities{Ability::vision});
    CHECK(list[5].statement.lacks == Abilities{Ability::audio});
    CHECK(list[5].statement.tools == true);
    CHECK(list[5].statement.context_length == 1000U);
}

TEST_CASE("an Ollama's model has a digest, when it is one") {
    std::string digest(64, 'c');
    Models models = parse_ollama_tags(R"({"models":[{"name":"a","digest":")" + digest +
                                      R"(","details":{"context_length":16384}},{"name":"b","digest":"d"}]})");
    REQUIRE(models);
    CHECK(models->at(0).source == ListSource::ollama);
    CHECK(models->at(0).identity == digest);
    CHECK(models->at(0).statement.context_length == 16384U);
    CHECK(models->at(1).identity.empty());
}

TEST_CASE("an Ollama's model is as old as Ollama says, when a calendar holds it") {
    auto created = [](const std::string& modified) {
        Models models = parse_ollama_tags(R"({"models":[{"name":"a","modified_at":)" + modified + "}]}");
        return models.value().at(0).created;
    };
    CHECK(created(R"("2023-11-14T23:13:20.123456789+01:00")") == 1'700'000'000);
    for (const char* none :
         {R"("0001-01-01T00:00:00Z")", R"("9999-12-31T23:59:59-00:01")", R"("yesterday")", "17", "null"}) {
        INFO(none);
        CHECK(created(none) == 0);
    }
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

TEST_CASE("times that no calendar holds count as none") {
    for (const char* created :
         {"-1", "253402300800", "9223372036854775807", "18446744073709551615", "1e99"}) {
        INFO(created);
        Models models =
            parse_openai_models(R"({"data":[{"id":"a","created":)" + std::string(created) + "}]}");
        REQUIRE(models);
        CHECK(models->at(0).created == 0);
    }
    CHECK(parse_openai_models(R"({"data":[{"id":"a","created":253402300799}]})")->at(0).created ==
          253402300799);
}

TEST_CASE("lists that are nested without end are no lists") {
    std::string deep(3'000'000, '[');
    CHECK_FALSE(parse_openai_models(R"({"data":[{"id":"a","x":)" + deep));
    CHECK_FALSE(
        parse_ollama_tags(R"({"models":[{"name":"a","x":)" + deep + std::string(deep.size(), ']') + "}]}"));
}

}  // namespace
}  // namespace aihub::serve
