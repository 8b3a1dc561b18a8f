#include "tools/aihub-serve/services/model_views.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/unit/tools/aihub-serve/services/servers.hpp"

namespace aihub::serve {
namespace {

using config::ServiceKind;
using Json = nlohmann::json;

// The row of that name in a list of rows.
Json row_of(const Json& rows, const char* member, const std::string& name) {
    for (const Json& row : rows)
        if (row[member] == name) return row;
    return nullptr;
}

class Views : public Servers {
public:
    Views() {
        service("lmstudio", ServiceKind::openai, {"http://a"});
        service("ollama", ServiceKind::ollama, {"http://b", "http://c"});
        lists("lmstudio", "http://a", {"shared", "llava"});
        for (const char* url : {"http://b", "http://c"})
            answers_tags("ollama", url,
                         R"({"models":[{"name":"shared:latest","model":"shared:latest","size":5}]})");
        alias("fast", {"gone", "ollama/shared"});
        alias("lost", {"gone"});
        alias("llava", {"shared"});
    }
    Json openai() { return Json::parse(catalogue()->openai_list())["data"]; }
    Json ollama() { return Json::parse(catalogue()->ollama_list())["models"]; }
    Json everybodys() { return Json::parse(public_list_of(*catalogue()))["models"]; }
};

TEST_CASE("a model of several services is listed once, with all of their names") {
    Views views;
    Json rows = views.openai();
    REQUIRE(rows.size() == 3);
    CHECK(row_of(rows, "id", "shared")["services"] == Json({"lmstudio", "ollama"}));
    CHECK(row_of(rows, "id", "llava")["services"] == Json::array({"lmstudio"}));
    CHECK(row_of(rows, "id", "llava")["type"] == "vision");
    CHECK(row_of(rows, "id", "llava")["capabilities"]["vision"] == true);
}

TEST_CASE("an alias is listed with its target, unless it leads nowhere or a model has its name") {
    Views views;
    Json rows = views.openai();
    Json fast = row_of(rows, "id", "fast");
    CHECK(fast["root"] == "ollama/shared");
    CHECK(fast["parent"] == "ollama/shared");
    CHECK(row_of(rows, "id", "lost").is_null());
    CHECK(row_of(rows, "id", "llava")["parent"].is_null());
    std::unique_ptr<Catalogue> catalogue = views.catalogue();
    CHECK(Json::parse(catalogue->openai_model("fast")) == fast);
    CHECK(Json::parse(catalogue->openai_model("ollama/shared"))["id"] == "shared");
    CHECK(catalogue->openai_model("lost").empty());
}

TEST_CASE("Ollama's list has models of every kind of server, and aliases as copies") {
    Views views;
    Json rows = views.ollama();
    REQUIRE(rows.size() == 3);
    Json own = row_of(rows, "name", "shared:latest");
    CHECK(own == Json::parse(R"({"name":"shared:latest","model":"shared:latest","size":5})"));
    Json copy = row_of(rows, "name", "fast");
    CHECK(copy["model"] == "fast");
    CHECK(copy["size"] == 5);
    Json foreign = row_of(rows, "name", "llava");
    CHECK(foreign["capabilities"] == Json({"completion", "vision"}));
    CHECK(foreign["details"]["families"] == Json::array({"vision"}));
}

TEST_CASE("the list for everybody says which models have a server that answers") {
    Views views;
    CHECK(row_of(views.everybodys(), "id", "shared") ==
          Json({{"id", "shared"}, {"type", "text"}, {"status", "online"}}));
    views.is_silent("lmstudio", "http://a");
    views.is_silent("ollama", "http://b");
    CHECK(row_of(views.everybodys(), "id", "shared")["status"] == "online");
    CHECK(row_of(views.everybodys(), "id", "llava")["status"] == "offline");
    views.is_silent("ollama", "http://c");
    CHECK(row_of(views.everybodys(), "id", "shared")["status"] == "offline");
    CHECK(row_of(views.everybodys(), "id", "fast")["status"] == "offline");
}

TEST_CASE("a model that is only configured is online until its server fails") {
    Servers servers;
    servers.service("s", ServiceKind::openai, {"http://a"}).models = {"m"};
    std::unique_ptr<Catalogue> catalogue = servers.catalogue();
    auto status = [&] { return Json::parse(public_list_of(*catalogue))["models"][0]["status"]; };
    CHECK(status() == "online");
    catalogue->services()[0]->upstreams[0].state->breaker.failed(Breaker::Failure::connection);
    CHECK(status() == "offline");
}

TEST_CASE("a user's list has the names, types and capabilities") {
    Views views;
    Json rows = Json::parse(caller_list_of(views.catalogue()->models()));
    REQUIRE(rows.size() == 3);
    CHECK(rows[0] == Json({{"name", "fast"},
                           {"type", "text"},
                           {"capabilities",
                            {{"text", true},
                             {"vision", false},
                             {"audio", false},
                             {"embedding", false},
                             {"tts", false},
                             {"tools", nullptr}}}}));
}

}  // namespace
}  // namespace aihub::serve
