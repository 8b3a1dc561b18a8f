#include "shared/config/settings_file.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/shared/config/fixture.hpp"

namespace aihub::config {
namespace {

struct Case {
    const char* text;
    const char* mistake;
};

TEST_CASE("each mistake in the file is named with file, line, key and what to do") {
    const Case cases[] = {
        {"{\n\"gateway_prot\": 1}", "aihub.json:2: gateway_prot: unknown key; did you mean gateway_port?"},
        {"{\"GATEWAY_PORT\": 1}", "aihub.json:1: GATEWAY_PORT: unknown key; did you mean gateway_port?"},
        {"{\"OLLAMA_BASE_URL\": 1}", "aihub.json:1: OLLAMA_BASE_URL: unknown key; did you mean ollama_url?"},
        {"{\"xyzzy_plugh_frob\": 1}", "aihub.json:1: xyzzy_plugh_frob: unknown key; remove it"},
        {"{\n\n\"gateway_port\": \"8080\"}",
         "aihub.json:3: gateway_port: wrong type: text; write a whole number, without quotes"},
        {"{\"gateway_port\": 1.5}",
         "aihub.json:1: gateway_port: wrong type: a number; write a whole number, without quotes"},
        {"{\"gateway_port\": 70000}",
         "aihub.json:1: gateway_port: not a number in range: \"70000\"; give a whole number from 0 to 65535"},
        {"{\"gateway_port\": -1}",
         "aihub.json:1: gateway_port: not a number in range: \"-1\"; give a whole number from 0 to 65535"},
        {"{\"insecure\": 1}", "aihub.json:1: insecure: wrong type: a number; write true or false"},
        {"{\"log_level\": [\"INFO\"]}", "aihub.json:1: log_level: wrong type: a list; write text in quotes"},
        {"{\"body_limit\": \"many\"}",
         "aihub.json:1: body_limit: not a size: \"many\"; "
         "give bytes, or a number with KB, MB or GB, such as 100MB"},
        {"{\"drain\": \"soon\"}",
         "aihub.json:1: drain: not a duration: \"soon\"; "
         "give seconds, or a number with ms, s, m, h or d, such as 30s; or off"},
        {"{\"pricing\": {\"input_per_1k\": \"free\"}}",
         "aihub.json:1: pricing.input_per_1k: wrong type: text; write a number, without quotes"},
        {"{\"pricing\": 1}", "aihub.json:1: pricing: wrong type: a number; write an object"},
        {"{\"pricing\":\n {\"imput_per_1k\": 1}}",
         "aihub.json:2: pricing.imput_per_1k: unknown key; did you mean pricing.input_per_1k?"},
        {"{\"listen\": [\"8080\"]}",
         "aihub.json:1: listen: not an address to listen on: \"8080\"; "
         "write ADDRESS:PORT, such as 127.0.0.1:8080, 0.0.0.0:8080 or [::1]:8080"},
        {"{\"listen\": [1]}",
         "aihub.json:1: listen: wrong type: a number; write a list such as [\"a\", \"b\"]"},
        {"{\"cors_origins\": [\"a,b\"]}",
         "aihub.json:1: cors_origins: an item is empty or holds a comma; write each item in quotes of its "
         "own"},
        {"{\"ollama_url\": \"127.0.0.1:11434\"}",
         "aihub.json:1: ollama_url: not a server's URL: \"127.0.0.1:11434\": it must begin with http:// or "
         "https://; write it like http://127.0.0.1:11434"},
        {"{\"base_path\": \"/a/../b\"}",
         "aihub.json:1: base_path: not a path: \"/a/../b\"; give a path such as /api"},
        {"{\"backend_mode\": \"vm\"}",
         "aihub.json:1: backend_mode: not one of bare, docker: \"vm\"; give one of bare, docker"},
        {"{\n\"drain\": 1,\n\"drain\": 2}",
         "aihub.json:3: drain: the key occurs twice; correct the JSON there"},
        {"[]", "aihub.json:1: the file must hold an object; begin it with { and end it with }"},
        {"{\n  \"drain\": ,\n}",
         "aihub.json:2: syntax error: unexpected ','; expected '[', '{', or a literal; correct the JSON "
         "there"},
        {"{\n\"a\": 1\n\"b\": 2}",
         "aihub.json:3: syntax error: unexpected string literal; expected '}'; correct the JSON there"},
        {"",
         "aihub.json:1: syntax error: unexpected end of input; expected '[', '{', or a literal; "
         "correct the JSON there"},
    };
    for (const Case& each : cases) {
        INFO(each.text);
        Fixture fixture;
        CHECK(fixture.mistake_in(each.text) == each.mistake);
    }
}

TEST_CASE("comments and a comma after the last item are fine") {
    Fixture fixture;
    fixture.given_file("aihub.json",
                       "// the gateway\n{ /* two\nlines */ \"threads\": 3, // here\n"
                       " \"cors_origins\": [\"http://a//b\", ],\n}\n");
    CHECK(fixture.value("threads").text == "3");
    CHECK(fixture.value("threads").origin == "aihub.json:3");
    CHECK(fixture.value("cors_origins").text == "http://a//b");
}

TEST_CASE("every mistake of a file is found, not only the first") {
    std::vector<Error> mistakes;
    read_settings_file("f", "{\"threads\": \"x\",\n\"drian\": 1,\n\"services\": {\"a\": 1}}", mistakes);
    REQUIRE(mistakes.size() == 3);
    CHECK(mistakes[2].message == "f:3: services.a: wrong type: a number");
}

TEST_CASE("null and keys that begin with an underscore say nothing") {
    std::vector<Error> mistakes;
    SettingsFile file =
        read_settings_file("f", R"({"hf_token": null, "_note": 1, "pricing": null})", mistakes);
    CHECK(mistakes.empty());
    CHECK(file.values.empty());
}

}  // namespace
}  // namespace aihub::config
