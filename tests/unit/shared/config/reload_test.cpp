#include "shared/config/reload.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/shared/config/fixture.hpp"

namespace aihub::config {
namespace {

using Catch::Contains;

// What a program that runs with `before` makes of `after`.
Result<Reloaded> reload_of(Fixture& fixture, const std::string& before, const std::string& after) {
    fixture.given_file("aihub.json", before);
    Settings running = fixture.loaded().settings;
    fixture.given_file("aihub.json", after);
    return reload(running, fixture.loaded());
}

TEST_CASE("a reload changes what can change and names what cannot") {
    Fixture fixture;
    Result<Reloaded> result = reload_of(
        fixture, R"({"drain": "1s", "gateway_port": 8081})",
        R"({"drain": "2s", "auth": "off", "base_path": "/llm", "services": {"vllm": {"url": "http://h:1"}}})");
    REQUIRE(result);
    const Settings& settings = result->configuration.settings;
    CHECK(settings.text("drain") == "2s");
    CHECK(settings.boolean("auth"));
    CHECK(settings.text("base_path") == "/api");
    CHECK(settings.text("gateway_port") == "8081");
    CHECK(settings.text("listen") == "127.0.0.1:8081");
    CHECK(settings.at("gateway_port").origin == "aihub.json:1");
    CHECK(result->needs_restart == "gateway_port, base_path, auth");
    CHECK(result->configuration.services.back().name == "vllm");
}

TEST_CASE("the same settings again, or a default that follows the disk, need no restart") {
    Fixture fixture;
    fixture.given_flag("--access-log", fixture.around.folder + "/access.log");
    Settings running = fixture.loaded().settings;
    fixture.given_file("access.log", "");
    Result<Reloaded> result = reload(running, fixture.loaded());
    REQUIRE(result);
    CHECK(result->needs_restart.empty());
    CHECK(result->configuration.settings.print() == running.print());
}

TEST_CASE("what cannot change back and forth is named once for each difference") {
    Fixture fixture;
    Result<Reloaded> result = reload_of(fixture, R"({"base_path": "/llm"})", "{}");
    REQUIRE(result);
    CHECK(result->needs_restart == "base_path");
    CHECK(result->configuration.settings.text("base_path") == "/llm");
}

TEST_CASE("HTTPS is neither switched on nor off; other files are taken") {
    Fixture fixture;
    const std::string tls = R"({"tls_certificate": "a.crt", "tls_key": "a.key"})";
    Result<Reloaded> on = reload_of(fixture, "{}", tls);
    REQUIRE_FALSE(on);
    CHECK_THAT(on.error().message, Contains("aihub.json:1: tls_certificate") && Contains("switch HTTPS on"));
    CHECK(on.error().code == ErrorCode::invalid_input);
    Result<Reloaded> off = reload_of(fixture, tls, "{}");
    REQUIRE_FALSE(off);
    CHECK_THAT(off.error().message, Contains("switch HTTPS off"));
    Result<Reloaded> renewed = reload_of(fixture, tls, R"({"tls_certificate": "b.crt", "tls_key": "b.key"})");
    REQUIRE(renewed);
    CHECK(renewed->configuration.settings.text("tls_certificate") == "b.crt");
    CHECK(renewed->needs_restart.empty());
}

TEST_CASE("a service below the base path that stays is refused") {
    Fixture fixture;
    Result<Reloaded> result = reload_of(fixture, R"({"base_path": "/llm/x"})",
                                        "{\n\"services\": {\"llm\": {\"url\": \"http://h:1\"}}}");
    REQUIRE_FALSE(result);
    CHECK_THAT(result.error().message, Contains("aihub.json:2: services.llm") && Contains("/llm/x"));
}

TEST_CASE("a base path in the way of the gateway's own paths is a mistake") {
    for (const char* path : {"/v1",         "/v1/ollama",    "/health",     "/healthz",    "/readyz",
                             "/metrics",    "/admin/api",    "/user",       "/docs",       "/openapi.json",
                             "/static/x",   "/gridhub",      "/registry",   "/live",       "/playground",
                             "/api/models", "/api/models/x", "/api/uptime", "/api/signup", "/api/registry"}) {
        INFO(path);
        Fixture fixture;
        fixture.given_variable("BASE_PATH", path);
        CHECK_THAT(fixture.mistake(), Contains("environment BASE_PATH: base_path: " + std::string(path)) &&
                                          Contains("belongs to the gateway"));
    }
    for (const char* path : {"/api", "/api/", "/api/v2", "/api/modelsx", "/llm", "/v10", "/my/v1"}) {
        INFO(path);
        Fixture fixture;
        fixture.given_variable("BASE_PATH", path);
        CHECK(fixture.mistake().empty());
    }
}

TEST_CASE("the time for a head, a body or between two requests is more than 0; others may be off") {
    for (const char* name : {"AIHUB_HEADER_TIMEOUT", "AIHUB_BODY_TIMEOUT", "AIHUB_IDLE_TIMEOUT"}) {
        for (const char* text : {"off", "0", "0s", "0.1ms"}) {
            INFO(name << " " << text);
            Fixture fixture;
            fixture.given_variable(name, text);
            CHECK_THAT(fixture.mistake(), Contains(name) && Contains("must be more than 0"));
        }
        Fixture fixture;
        fixture.given_variable(name, "soon");
        CHECK_THAT(fixture.mistake(), Contains("not a duration") && !Contains("or off"));
    }
    Fixture fixture;
    fixture.given_variable("AIHUB_UPSTREAM_FIRST_BYTE_TIMEOUT", "off");
    CHECK(fixture.mistake().empty());
}

}  // namespace
}  // namespace aihub::config
