#include "tools/aihub-serve/services/catalogue.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/unit/tools/aihub-serve/services/servers.hpp"

namespace aihub::serve {
namespace {

using config::ServiceKind;
using Json = nlohmann::json;

std::vector<std::string> urls_of(const std::vector<const Upstream*>& upstreams) {
    std::vector<std::string> urls;
    for (const Upstream* upstream : upstreams) urls.push_back(upstream->configured_url);
    return urls;
}

using Urls = std::vector<std::string>;

Urls urls_having(const Catalogue& catalogue, std::string_view model) {
    std::vector<const Upstream*> upstreams;
    if (const ModelEntry* entry = catalogue.models().find(model))
        for (const Placement& placement : entry->placements) upstreams.push_back(placement.upstream);
    return urls_of(upstreams);
}

TEST_CASE("a prefix is a whole first segment of the path") {
    Servers servers;
    servers.service("ollama", ServiceKind::ollama, {"http://a"});
    servers.service("ollama2", ServiceKind::ollama, {"http://b"});
    std::unique_ptr<Catalogue> catalogue = servers.catalogue();
    auto name = [&](std::string_view path) {
        const Service* service = catalogue->by_prefix(path);
        return service ? service->config.name : "";
    };
    CHECK(name("/ollama") == "ollama");
    CHECK(name("/ollama/") == "ollama");
    CHECK(name("/ollama/api/chat") == "ollama");
    CHECK(name("/ollama2/api") == "ollama2");
    for (const char* path : {"/ollamax", "/ollama3", "/ollama%2fapi", "/Ollama", "/ollam", "/", "",
                             "//ollama", "/x/ollama", "/ollama.json"}) {
        INFO(path);
        CHECK(name(path).empty());
    }
}

TEST_CASE("a model is had by every server that lists it, in the order of the configuration") {
    Servers servers;
    servers.service("lmstudio", ServiceKind::openai, {"http://a", "http://b"});
    servers.service("vllm", ServiceKind::openai, {"http://c"});
    servers.lists("lmstudio", "http://a", {"qwen", "gemma"});
    servers.lists("lmstudio", "http://b", {"qwen"});
    servers.lists("vllm", "http://c", {"qwen", "org/phi"});
    std::unique_ptr<Catalogue> catalogue = servers.catalogue();
    CHECK(urls_having(*catalogue, "qwen") == Urls{"http://a", "http://b", "http://c"});
    CHECK(urls_having(*catalogue, "gemma") == Urls{"http://a"});
    CHECK(urls_having(*catalogue, "org/phi") == Urls{"http://c"});
    CHECK(urls_having(*catalogue, "phi").empty());
    CHECK(urls_having(*catalogue, "QWEN").empty());
    CHECK(urls_having(*catalogue, "").empty());
    CHECK(catalogue->model_count() == 3);
}

TEST_CASE("`name` and `name:latest` are one model") {
    Servers servers;
    servers.service("ollama", ServiceKind::ollama, {"http://a"});
    servers.lists("ollama", "http://a", {"llama3:latest", "qwen:7b", "phi"});
    std::unique_ptr<Catalogue> catalogue = servers.catalogue();
    CHECK(urls_having(*catalogue, "llama3") == Urls{"http://a"});
    CHECK(urls_having(*catalogue, "llama3:latest") == Urls{"http://a"});
    CHECK(urls_having(*catalogue, "phi:latest") == Urls{"http://a"});
    CHECK(urls_having(*catalogue, "qwen").empty());
    CHECK(urls_having(*catalogue, "qwen:latest").empty());
    CHECK(urls_having(*catalogue, "llama3:").empty());
}

TEST_CASE("servers that spell a model differently have the same one") {
    Servers servers;
    servers.service("lmstudio", ServiceKind::openai, {"http://a"});
    servers.service("ollama", ServiceKind::ollama, {"http://b"});
    servers.lists("lmstudio", "http://a", {"llama3"});
    servers.lists("ollama", "http://b", {"llama3:latest"});
    std::unique_ptr<Catalogue> catalogue = servers.catalogue();
    CHECK(urls_having(*catalogue, "llama3") == Urls{"http://a", "http://b"});
    CHECK(urls_having(*catalogue, "llama3:latest") == Urls{"http://a", "http://b"});
    CHECK(Json::parse(catalogue->openai_model("llama3:latest"))["id"] == "llama3");
    CHECK(Json::parse(catalogue->openai_list())["data"].size() == 1);
}

TEST_CASE("models that the configuration names are believed without asking") {
    Servers servers;
    servers.service("speech", ServiceKind::speech, {"http://a"}).models = {"tts-1", "kokoro"};
    servers.lists("speech", "http://a", {"other"});
    std::unique_ptr<Catalogue> catalogue = servers.catalogue();
    CHECK(urls_having(*catalogue, "tts-1") == Urls{"http://a"});
    CHECK(urls_having(*catalogue, "other").empty());
    CHECK(Json::parse(catalogue->openai_model("kokoro"))["owned_by"] == "speech");
}

TEST_CASE("servers of a kind are all of its services' servers") {
    Servers servers;
    servers.service("kokoro", ServiceKind::speech, {"http://a", "http://b"});
    servers.service("ollama", ServiceKind::ollama, {"http://c"});
    servers.service("piper", ServiceKind::speech, {"http://d"});
    std::unique_ptr<Catalogue> catalogue = servers.catalogue();
    CHECK(urls_of(catalogue->of_kind(ServiceKind::speech)) == Urls{"http://a", "http://b", "http://d"});
    CHECK(catalogue->of_kind(ServiceKind::transcription).empty());
}

TEST_CASE("the API root that people copy along is not asked for twice") {
    Servers servers;
    servers.service("lmstudio", ServiceKind::openai,
                    {"http://a:1234/v1/", "http://b/base/v1", "http://c/v11"});
    servers.service("web", ServiceKind::plain, {"http://d/v1"});
    std::unique_ptr<Catalogue> catalogue = servers.catalogue();
    const std::vector<Upstream>& upstreams = catalogue->services()[0]->upstreams;
    CHECK(upstreams[0].target.text == "http://a:1234");
    CHECK(upstreams[1].target.url.path == "/base");
    CHECK(upstreams[2].target.url.path == "/v11");
    CHECK(catalogue->services()[1]->upstreams[0].target.url.path == "/v1");
}

TEST_CASE("what is known of a server from moment to moment outlives the catalogue") {
    Servers servers;
    servers.service("s", ServiceKind::openai, {"http://a", "http://b"}).weights = {3};
    std::unique_ptr<Catalogue> first = servers.catalogue();
    first->services()[0]->upstreams[1].state->outstanding = 7;
    std::unique_ptr<Catalogue> second = servers.catalogue();
    CHECK(second->services()[0]->upstreams[1].state->outstanding == 7);
    CHECK(second->services()[0]->upstreams[0].state->outstanding == 0);
    CHECK(second->services()[0]->upstreams[0].weight == 3);
    CHECK(second->services()[0]->upstreams[1].weight == 1);
    CHECK(second->services()[0]->upstreams[1].service == second->services()[0].get());
}

TEST_CASE("OpenAI's list has every model once, sorted, in the shape that its clients expect") {
    Servers servers;
    servers.service("b", ServiceKind::openai, {"http://a", "http://b"});
    servers.lists("b", "http://a", {"zeta", "alpha \"x\""});
    servers.lists("b", "http://b", {"zeta"});
    std::unique_ptr<Catalogue> catalogue = servers.catalogue();
    Json list = Json::parse(catalogue->openai_list());
    Json alpha = {{"id", "alpha \"x\""},
                  {"object", "model"},
                  {"created", 1700000000},
                  {"owned_by", "local"},
                  {"permission", Json::array()},
                  {"root", "alpha \"x\""},
                  {"parent", nullptr},
                  {"type", "text"},
                  {"capabilities",
                   {{"text", true},
                    {"vision", false},
                    {"audio", false},
                    {"embedding", false},
                    {"tts", false},
                    {"tools", nullptr}}},
                  {"context_length", nullptr},
                  {"services", {"b"}}};
    REQUIRE(list["data"].size() == 2);
    CHECK(list["object"] == "list");
    CHECK(list["data"][0] == alpha);
    CHECK(list["data"][1]["id"] == "zeta");
    CHECK(Json::parse(catalogue->openai_model("alpha \"x\"")) == alpha);
    CHECK(catalogue->openai_model("beta").empty());
}

TEST_CASE("Ollama's list has its own entries as they came, and others in its shape") {
    Servers servers;
    servers.service("lmstudio", ServiceKind::openai, {"http://a"});
    servers.service("ollama", ServiceKind::ollama, {"http://b"});
    servers.lists("lmstudio", "http://a", {"gemma", "shared"});
    std::string entry = R"({"name":"shared","model":"shared","size":5,"details":{"family":"f"},"extra":[1]})";
    servers.answers_tags("ollama", "http://b", "{\"models\":[" + entry + "]}");
    Json list = Json::parse(servers.catalogue()->ollama_list());
    REQUIRE(list["models"].size() == 2);
    CHECK(list["models"][0]["name"] == "gemma");
    CHECK(list["models"][0]["modified_at"] == "2023-11-14T22:13:20Z");
    for (const char* member : {"model", "size", "digest", "details"})
        CHECK(list["models"][0].contains(member));
    CHECK(list["models"][1] == Json::parse(entry));
}

TEST_CASE("without services or answers the lists are empty lists") {
    Servers servers;
    std::unique_ptr<Catalogue> catalogue = servers.catalogue();
    CHECK(catalogue->openai_list() == R"({"object":"list","data":[]})");
    CHECK(catalogue->ollama_list() == R"({"models":[]})");
    CHECK(catalogue->model_count() == 0);
}

}  // namespace
}  // namespace aihub::serve
