#include "shared/config/services.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/shared/config/fixture.hpp"

namespace aihub::config {
namespace {

using Catch::Contains;

TEST_CASE("without any settings there are the five services at their usual ports") {
    Fixture fixture;
    std::vector<std::string> lines;
    for (const ServiceConfig& each : fixture.loaded().services)
        lines.push_back(each.name + " " + std::string(kind_name(each.kind)) + " " + each.urls.at(0) + " " +
                        format_size(each.body_limit));
    CHECK(lines == std::vector<std::string>{"lmstudio openai http://127.0.0.1:1234 100MB",
                                            "ollama ollama http://127.0.0.1:11434 100MB",
                                            "kokoro speech http://127.0.0.1:8880 50MB",
                                            "openwebui openwebui http://127.0.0.1:3000 100MB",
                                            "stt transcription http://127.0.0.1:10400 200MB"});
}

TEST_CASE("ports and URLs from the environment move a service, off removes it") {
    Fixture fixture;
    fixture.given_variable("LMSTUDIO_PORT", "4321");
    fixture.given_variable("KOKORO_URL", "https://Voice.example/base/");
    fixture.given_variable("STT_URL", "OFF");
    CHECK(fixture.service("lmstudio")->urls == std::vector<std::string>{"http://127.0.0.1:4321"});
    CHECK(fixture.service("lmstudio")->origin == "environment LMSTUDIO_PORT");
    CHECK(fixture.service("kokoro")->urls == std::vector<std::string>{"https://voice.example:443/base"});
    CHECK(fixture.service("stt") == nullptr);
}

TEST_CASE("the file adds services with fields of their own") {
    Fixture fixture;
    fixture.given_file("aihub.json", R"({
        "upstream_idle_timeout": "10s",
        "services": {
            "vllm": {"urls": ["http://10.0.0.1:8000", "http://10.0.0.2:8000"], "weights": [3, 1], "key": "secret",
                     "body_limit": "1MB", "connect_timeout": 2, "first_byte_timeout": "1m", "models": ["a", "b"],
                     "verify_tls": false}
        }})");
    const ServiceConfig* vllm = fixture.service("vllm");
    REQUIRE(vllm != nullptr);
    CHECK(vllm->kind == ServiceKind::openai);
    CHECK(vllm->urls.size() == 2);
    CHECK(vllm->weights == std::vector<unsigned>{3, 1});
    CHECK(vllm->key == "secret");
    CHECK(vllm->body_limit == 1024 * 1024);
    CHECK(vllm->connect_timeout == Milliseconds(2000));
    CHECK(vllm->first_byte_timeout == Milliseconds(60'000));
    CHECK(vllm->idle_timeout == Milliseconds(10'000));
    CHECK(vllm->models == std::vector<std::string>{"a", "b"});
    CHECK_FALSE(vllm->verify_tls);
    CHECK(vllm->origin == "aihub.json:4");
}

TEST_CASE("the file changes fields of a standard service and keeps the others") {
    Fixture fixture;
    fixture.given_file("aihub.json", R"({"services": {"kokoro": {"kind": "plain", "body_limit": 7},
                                                      "stt": "off"}})");
    const ServiceConfig* kokoro = fixture.service("kokoro");
    REQUIRE(kokoro != nullptr);
    CHECK(kokoro->kind == ServiceKind::plain);
    CHECK(kokoro->body_limit == 7);
    CHECK(kokoro->urls == std::vector<std::string>{"http://127.0.0.1:8880"});
    CHECK(fixture.service("stt") == nullptr);
}

TEST_CASE("a URL from the environment wins over the file's") {
    Fixture fixture;
    fixture.given_file("aihub.json",
                       R"({"ollama_url": "http://a:1", "services": {"ollama": {"url": "http://b:2"}}})");
    CHECK(fixture.service("ollama")->urls == std::vector<std::string>{"http://b:2"});
    fixture.given_variable("OLLAMA_URL", "http://c:3");
    CHECK(fixture.service("ollama")->urls == std::vector<std::string>{"http://c:3"});
    fixture.given_variable("OLLAMA_URL", "off");
    CHECK(fixture.service("ollama") == nullptr);
}

TEST_CASE("Open WebUI is called with its key") {
    Fixture fixture;
    fixture.given_variable("OPENWEBUI_API_KEY", "sk-webui");
    CHECK(fixture.service("openwebui")->key == "sk-webui");
    CHECK(fixture.service("ollama")->key.empty());
}

TEST_CASE("a service without URL, with a bad name or on the gateway's own path is refused") {
    Fixture fixture;
    CHECK_THAT(fixture.mistake_in(R"({"services": {"x": {"kind": "plain"}}})"),
               Contains("aihub.json:1: services.x: it has no url"));
    CHECK_THAT(fixture.mistake_in(R"({"services": {"X y": {"url": "http://a:1"}}})"),
               Contains("aihub.json:1: services.X y: not a service's name"));
    CHECK_THAT(fixture.mistake_in(R"({"services": {"admin": {"url": "http://a:1"}}})"),
               Contains("aihub.json:1: services.admin: the gateway has a path of that name"));
    CHECK_THAT(fixture.mistake_in(R"({"base_path": "/x/y", "services": {"x": {"url": "http://a:1"}}})"),
               Contains("aihub.json:1: base_path: it hides the service x"));
}

TEST_CASE("a wrong field of a service is named") {
    Fixture fixture;
    CHECK(fixture.mistake_in(R"({"services": {"x": {"url": "http://a:1", "modles": []}}})") ==
          "aihub.json:1: services.x.modles: unknown field; did you mean services.x.models?");
    CHECK_THAT(fixture.mistake_in(R"({"services": {"x": {"url": "ftp://a"}}})"),
               Contains("services.x.url: not a server's URL"));
    CHECK_THAT(fixture.mistake_in(R"({"services": {"x": {"url": "http://a:1", "weights": [1, 2]}}})"),
               Contains("services.x.weights: 2 weights for 1 urls"));
    CHECK_THAT(fixture.mistake_in(R"({"services": {"x": {"url": "http://a:1", "weights": [0]}}})"),
               Contains("services.x.weights: not a number in range"));
    CHECK_THAT(fixture.mistake_in(R"({"services": {"x": {"url": "http://a:1", "urls": ["http://b:1"]}}})"),
               Contains("it has both url and urls"));
}

}  // namespace
}  // namespace aihub::config
