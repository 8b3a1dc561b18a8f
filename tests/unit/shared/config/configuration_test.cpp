#include "shared/config/configuration.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/shared/config/fixture.hpp"

namespace aihub::config {
namespace {

using Catch::Contains;
using Catch::StartsWith;

TEST_CASE("a flag wins over the environment, that over .env, that over the file, that over the default") {
    Fixture fixture;
    CHECK(fixture.value("gateway_port").text == "8080");
    CHECK(fixture.value("gateway_port").origin == "default");
    fixture.given_file("aihub.json", "{\n\"drain\": \"1s\"\n}");
    CHECK(fixture.value("drain").text == "1s");
    CHECK(fixture.value("drain").origin == "aihub.json:2");
    fixture.given_file(".env", "AIHUB_DRAIN=2s\n");
    CHECK(fixture.value("drain").text == "2s");
    CHECK(fixture.value("drain").origin == ".env AIHUB_DRAIN");
    fixture.given_variable("AIHUB_DRAIN", "3s");
    CHECK(fixture.value("drain").text == "3s");
    CHECK(fixture.value("drain").origin == "environment AIHUB_DRAIN");
    fixture.given_flag("--drain", "4s");
    CHECK(fixture.value("drain").text == "4s");
    CHECK(fixture.value("drain").origin == "flag --drain");
}

TEST_CASE("a variable that is set but empty counts as not set, and hides the one in .env") {
    Fixture fixture;
    fixture.given_file(".env", "GATEWAY_PORT=9000\nDASHBOARD_PORT=\n");
    fixture.given_variable("GATEWAY_PORT", "");
    CHECK(fixture.value("gateway_port").text == "8080");
    CHECK(fixture.value("dashboard_port").text == "8090");
}

TEST_CASE("of several variables of one setting the first that is set counts") {
    Fixture fixture;
    fixture.given_variable("OLLAMA_LOCAL_URL", "http://c:3");
    CHECK(fixture.value("ollama_url").text == "http://c:3");
    fixture.given_variable("OLLAMA_BASE_URL", "http://b:2");
    CHECK(fixture.value("ollama_url").text == "http://b:2");
    fixture.given_variable("OLLAMA_URL", "http://a:1");
    CHECK(fixture.value("ollama_url").text == "http://a:1");
}

TEST_CASE("AIHUB_IP goes before LAN_IP") {
    Fixture fixture;
    fixture.given_variable("LAN_IP", "10.0.0.2");
    fixture.given_variable("AIHUB_IP", "10.0.0.1");
    CHECK(fixture.value("lan_ip").text == "10.0.0.1");
}

TEST_CASE("lists come numbered from the environment") {
    Fixture fixture;
    fixture.given_variable("ProviderTokens__0", "one");
    fixture.given_variable("ProviderTokens__1", "two");
    fixture.given_variable("ProviderTokens__3", "behind a gap");
    CHECK(fixture.loaded().settings.list("ProviderTokens") == std::vector<std::string>{"one", "two"});
}

TEST_CASE("hubs come from the file, and the environment changes them field by field") {
    Fixture fixture;
    fixture.given_file("aihub.json",
                       R"({"HubInstances": [{"Name": "Hub1", "Address": "https://hub1.example.com"}]})");
    fixture.given_variable("HubInstances__0__Load", "3");
    fixture.given_variable("HubInstances__1__Address", "https://hub2.example.com:8443/");
    std::vector<HubInstance> hubs = fixture.loaded().hubs;
    REQUIRE(hubs.size() == 2);
    CHECK(hubs[0].name == "Hub1");
    CHECK(hubs[0].address == "https://hub1.example.com:443");
    CHECK(hubs[0].load == 3);
    CHECK(hubs[1].address == "https://hub2.example.com:8443");
    CHECK(hubs[1].capacity == 100);
}

TEST_CASE("a hub without an address is a mistake") {
    Fixture fixture;
    fixture.given_variable("HubInstances__0__Name", "Hub1");
    CHECK_THAT(fixture.mistake(), Contains("a hub has no Address"));
}

TEST_CASE("a secret may come from a file that a variable names") {
    Fixture fixture;
    fixture.given_file("key", "sk-from-a-file\n");
    fixture.given_variable("ADMIN_KEY_FILE", fixture.around.folder + "/key");
    CHECK(fixture.value("admin_key").text == "sk-from-a-file");
    CHECK(fixture.value("admin_key").origin == "environment ADMIN_KEY_FILE");
    fixture.given_variable("ADMIN_KEY_FILE", fixture.around.folder + "/nothing");
    CHECK_THAT(fixture.mistake(), StartsWith("environment ADMIN_KEY_FILE: cannot read"));
}

TEST_CASE("the older gateway's config.json starts as it is") {
    Fixture fixture;
    fixture.given_file("data/config.json", R"({
  "ollama_url": "http://127.0.0.1:11434",
  "backend_mode": "bare",
  "hf_token": null,
  "admin_key": "sk-admin-change-me-on-first-run",
  "loaded_models": {"llama3.2": {"model_type": "text", "keep_alive": "-1"}},
  "pricing": {"input_per_1k": 0.0003, "output_per_1k": 0.0002},
  "rate_limits": {"payg": 7, "sub": 10},
  "_config_path": "data/config.json"
})");
    Configuration configuration = fixture.loaded();
    CHECK(configuration.file == "data/config.json");
    CHECK(configuration.settings.text("admin_key") == "sk-admin-change-me-on-first-run");
    CHECK(configuration.settings.number("pricing.input_per_1k") == 0.0003);
    CHECK(configuration.settings.integer("rate_limits.payg") == 7);
    CHECK(configuration.settings.is_default("hf_token"));
    REQUIRE(configuration.loaded_models.size() == 1);
    CHECK(configuration.loaded_models[0].name == "llama3.2");
    CHECK(configuration.loaded_models[0].keep_alive == "-1");
}

TEST_CASE("another program's data/config.json is left alone") {
    Fixture fixture;
    fixture.given_file("data/config.json", R"({"theme": "dark"})");
    CHECK(fixture.loaded().file.empty());
}

TEST_CASE("the file is looked for in this folder, then in the user's") {
    Fixture fixture;
    fixture.given_file("xdg/aihub/aihub.json", R"({"threads": 3})");
    CHECK(fixture.value("threads").text == "3");
    fixture.given_file("aihub.json", R"({"threads": 2})");
    CHECK(fixture.value("threads").text == "2");
    fixture.given_file("other.json", R"({"threads": 5})");
    fixture.given_variable("AIHUB_CONFIG", "other.json");
    CHECK(fixture.value("threads").text == "5");
}

TEST_CASE("a file that somebody named must be there") {
    Fixture fixture;
    fixture.given_flag("--config", "missing.json");
    CHECK_THAT(fixture.mistake(), StartsWith("--config: cannot read"));
    fixture.flags.clear();
    fixture.given_flag("--env-file", "missing.env");
    CHECK_THAT(fixture.mistake(), StartsWith("--env-file: cannot read"));
}

TEST_CASE(".env is read beside the file that is named, not in this folder") {
    Fixture fixture;
    fixture.given_file(".env", "GATEWAY_PORT=1\n");
    fixture.given_file("there/aihub.json", "{}");
    fixture.given_file("there/.env", "GATEWAY_PORT=2\n");
    fixture.given_flag("--config", "there/aihub.json");
    CHECK(fixture.value("gateway_port").text == "2");
}

TEST_CASE("a mistake in .env or in a variable is named with its place") {
    Fixture fixture;
    fixture.given_file(".env", "# ports\nGATEWAY_PORT=99999\n");
    CHECK(fixture.mistake() ==
          ".env:2: GATEWAY_PORT: not a number in range: \"99999\"; "
          "give a whole number from 0 to 65535");
    fixture.given_file(".env", "A=1\nno equals sign\n");
    CHECK_THAT(fixture.mistake(), StartsWith(".env:2: not a NAME=value line; "));
    fixture.given_file(".env", "");
    fixture.given_variable("LOG_LEVEL", "LOUD");
    CHECK(fixture.mistake() ==
          "environment LOG_LEVEL: not a log level: \"LOUD\"; "
          "give DEBUG, INFO, WARNING, ERROR or CRITICAL");
}

TEST_CASE("the database lies in the user's data folder, as root in /var/lib, and the rest beside it") {
    Fixture fixture;
    CHECK(fixture.value("db").text == fixture.around.folder + "/home/.local/share/aihub/aihub.db");
    fixture.around.superuser = true;
    CHECK(fixture.value("db").text == "/var/lib/aihub/aihub.db");
    CHECK(fixture.value("state_dir").text == "/var/lib/aihub");
    fixture.given_variable("XDG_DATA_HOME", "/data");
    CHECK(fixture.value("db").text == "/data/aihub/aihub.db");
    fixture.given_flag("--db", "here.db");
    CHECK(fixture.value("state_dir").text == ".");
    CHECK(fixture.value("access_log").text == "./access.log");
    fixture.given_flag("--state-dir", "/state");
    CHECK(fixture.value("access_log").text == "/state/access.log");
    CHECK(fixture.value("spool_dir").text == "/state");
    CHECK(fixture.value("monitoring_db_path").text == "here.db");
    CHECK(fixture.loaded().settings.is_default("access_log"));
}

TEST_CASE("the log that is read is the gateway's own when there is one, else nginx's") {
    Fixture fixture;
    fixture.given_flag("--access-log", fixture.around.folder + "/own.log");
    CHECK(fixture.value("nginx_access_log").text == "/var/log/nginx/access.log");
    fixture.given_file("own.log", "");
    CHECK(fixture.value("nginx_access_log").text == fixture.around.folder + "/own.log");
    fixture.given_variable("NGINX_ACCESS_LOG", "/other.log");
    CHECK(fixture.value("nginx_access_log").text == "/other.log");
}

TEST_CASE("the gateway listens on loopback unless the address for clients is another") {
    Fixture fixture;
    CHECK(fixture.loaded().settings.list("listen") == std::vector<std::string>{"127.0.0.1:8080"});
    fixture.given_variable("LAN_IP", "192.168.1.5");
    fixture.given_variable("GATEWAY_PORT", "9090");
    CHECK(fixture.loaded().settings.list("listen") == std::vector<std::string>{"0.0.0.0:9090"});
    CHECK(fixture.value("dashboard").text == "0.0.0.0:8090");
    fixture.given_flag("--listen", "127.0.0.1:0,[::1]:0");
    CHECK(fixture.loaded().settings.list("listen") == std::vector<std::string>{"127.0.0.1:0", "[::1]:0"});
}

TEST_CASE("serving without keys beyond loopback is refused, unless it is said to be meant") {
    Fixture fixture;
    fixture.given_flag("--auth", "off");
    CHECK(fixture.mistake().empty());
    fixture.given_flag("--listen", "127.0.0.1:1,0.0.0.0:2");
    CHECK_THAT(fixture.mistake(),
               StartsWith("flag --auth: auth is off, and other machines can reach 0.0.0.0:2"));
    fixture.given_flag("--listen", "[::]:2");
    CHECK_FALSE(fixture.mistake().empty());
    fixture.given_flag("--insecure", "on");
    CHECK(fixture.mistake().empty());
}

TEST_CASE("a certificate without its key is refused, and the other way round") {
    Fixture fixture;
    fixture.given_flag("--tls-cert", "c.pem");
    CHECK_THAT(fixture.mistake(), Contains("tls_certificate without tls_key"));
    fixture.given_flag("--tls-key", "k.pem");
    CHECK(fixture.mistake().empty());
    fixture.flags.erase("--tls-cert");
    CHECK_THAT(fixture.mistake(), Contains("tls_key without tls_certificate"));
}

TEST_CASE("printing shows each value with its origin, and no secret") {
    Fixture fixture;
    fixture.given_variable("ADMIN_KEY", "sk-admin-0123456789");
    fixture.given_variable("DASHBOARD_API_KEYS", "first-long-key-1,short");
    std::string printed = fixture.loaded().settings.print();
    CHECK_THAT(printed, Contains("gateway_port = 8080   # default\n"));
    CHECK_THAT(printed, Contains("admin_key = sk-a…6789   # environment ADMIN_KEY\n"));
    CHECK_THAT(printed, Contains("dashboard_api_keys = firs…ey-1,…   # environment DASHBOARD_API_KEYS\n"));
    CHECK_THAT(printed, !Contains("0123456789") && !Contains("short"));
}

TEST_CASE("a wrong secret is not repeated in the message") {
    Fixture fixture;
    fixture.given_file("aihub.json", R"({"services": {"x": {"url": "http://me:pass@h:1"}}})");
    CHECK_THAT(fixture.mistake(), Contains("no user name") && !Contains("pass@"));
}

TEST_CASE("numbers, sizes, times and switches are read as their types") {
    Fixture fixture;
    fixture.given_file("aihub.json", R"({
        "body_limit": 1000, "audio_body_limit": "1KB", "drain": 1.5, "insecure": true, "auth": "off", "threads": 4,
        "cors_origins": ["https://a.example", "https://b.example"], "base_path": "llm/api/"})");
    Settings settings = fixture.loaded().settings;
    CHECK(settings.size("body_limit") == 1000);
    CHECK(settings.size("audio_body_limit") == 1024);
    CHECK(settings.duration("drain") == Milliseconds(1500));
    CHECK(settings.boolean("insecure"));
    CHECK_FALSE(settings.boolean("auth"));
    CHECK(settings.text("auth") == "off");
    CHECK(settings.integer("threads") == 4);
    CHECK(settings.list("cors_origins").size() == 2);
    CHECK(settings.text("base_path") == "/llm/api");
}

}  // namespace
}  // namespace aihub::config
