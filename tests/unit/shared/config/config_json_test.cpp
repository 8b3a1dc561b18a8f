#include "shared/config/config_json.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace aihub::config {
namespace {

using Json = nlohmann::json;

Configuration loaded(const std::string& text, std::map<std::string, std::string> variables = {}) {
    Surroundings around;
    around.variables = std::move(variables);
    around.folder = "/nonexistent";
    around.draft = Draft{"aihub.json", text};
    Result<Configuration> configuration = load({}, around);
    REQUIRE(configuration);
    return *configuration;
}

const char* const secrets =
    R"({"admin_key": "sk-admin-0123456789abcdef", "dashboard_api_keys": ["first-key-000001", "second-key-00002"],
        "services": {"box": {"url": "http://127.0.0.1:9", "key": "upstream-secret-77"}}})";

}  // namespace

TEST_CASE("a configuration is shown in the file's shape, with types and without secrets") {
    std::string text = to_json(loaded(secrets));
    Json json = Json::parse(text);
    CHECK(json["gateway_port"] == 8080);
    CHECK(json["auth"] == true);
    CHECK(json["pricing"]["input_per_1k"] == 0.0001);
    CHECK(json["rate_limits"]["payg"] == 5);
    CHECK(json["admin_key"] == "sk-a…cdef");
    CHECK(json["services"]["box"]["key"] == "upst…t-77");
    CHECK(json["_origins"]["admin_key"] == "aihub.json:1");
    for (const char* secret : {"0123456789", "first-key-000001", "second-key", "upstream-secret"})
        CHECK(text.find(secret) == std::string::npos);
}

TEST_CASE("what is shown can be read back, once the masked secrets are left out") {
    Configuration before = loaded(secrets);
    std::string patch = without_masks(to_json(before), before);
    Configuration after = loaded(patch);
    CHECK(after.settings.list("dashboard_api_keys") == before.settings.list("dashboard_api_keys"));
    CHECK(after.settings.text("admin_key").empty());  // not said again: a merge keeps the old one
    CHECK(Json::parse(to_json(after))["tiers"] == Json::parse(to_json(before))["tiers"]);
    CHECK(after.settings.text("gateway_port") == "8080");
}

TEST_CASE("a new secret is kept, an old one that was only shown is not taken for a new one") {
    Configuration before = loaded(secrets);
    Json same = Json::parse(without_masks(
        R"({"admin_key": "sk-a…cdef", "services": {"box": {"key": "upst…t-77", "priority": 2}}, "_file": "x"})",
        before));
    CHECK(same == Json::parse(R"({"services": {"box": {"priority": 2}}})"));
    Json mixed =
        Json::parse(without_masks(R"({"dashboard_api_keys": ["firs…0001", "third-key-000003"]})", before));
    CHECK(mixed["dashboard_api_keys"] == Json({"first-key-000001", "third-key-000003"}));
}

TEST_CASE("differences name what changed, from what to what, and never a secret") {
    Configuration before = loaded(secrets);
    Configuration after = loaded(R"({"admin_key": "sk-a-other-secret-cdef", "rate_limits": {"payg": 7},
        "tiers": {"team": {"weight": 3}}})");
    std::string text = differences(before, after);
    Json json = Json::parse(text);
    CHECK(json["rate_limits.payg"] == Json::parse(R"({"from": 5, "to": 7})"));
    CHECK(json["tiers.team"]["to"]["weight"] == 3);
    CHECK(json.contains("admin_key"));  // though both show the same ends
    CHECK(text.find("other-secret") == std::string::npos);
    CHECK(differences(before, before) == "{}");
}

TEST_CASE("settings that a variable decides are named, for a file cannot change them") {
    Configuration configuration = loaded("{}", {{"GATEWAY_PORT", "9000"}});
    std::vector<std::string> found = overridden(
        R"({"gateway_port": 1, "lan_ip": "127.0.0.1", "rate_limits": {"payg": 1}})", configuration);
    CHECK(found == std::vector<std::string>{"gateway_port"});
}

TEST_CASE("a new file is made where the search finds it") {
    Surroundings around;
    around.folder = "/nonexistent";
    CHECK(place_of_new_file({}, around) == "/etc/aihub/aihub.json");
    around.variables["HOME"] = "/home/somebody";
    CHECK(place_of_new_file({}, around) == "/home/somebody/.config/aihub/aihub.json");
    around.variables["XDG_CONFIG_HOME"] = "/xdg";
    CHECK(place_of_new_file({}, around) == "/xdg/aihub/aihub.json");
    CHECK(place_of_new_file({{"--config", "here.json"}}, around) == "here.json");
}

}  // namespace aihub::config
