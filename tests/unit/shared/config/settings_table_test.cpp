#include <catch2/catch.hpp>
#include <set>

#include "shared/base/strings.hpp"
#include "shared/config/settings.hpp"
#include "tests/unit/shared/config/fixture.hpp"

namespace aihub::config {
namespace {

const Setting* row_of(std::string_view variable) {
    for (const Setting& row : settings_table())
        for (const std::string& name : split_list(row.environment))
            if (name == variable) return &row;
    return nullptr;
}

struct Promise {
    const char* variable;
    const char* standard;
};

// Every variable of the five systems that aihub replaces, with the default their documents give. Where two
// documents differ on one row, it is the value for a plain machine; where aihub gives another meaning on
// purpose, that one.
constexpr Promise promises[] = {
    {"LAN_IP", "127.0.0.1"},
    {"AIHUB_IP", "127.0.0.1"},
    {"GATEWAY_PORT", "8080"},
    {"DASHBOARD_PORT", "8090"},
    {"NGINX_ACCESS_LOG", "/var/log/nginx/access.log"},
    {"MONITORING_MAX_SCAN", "10000"},
    {"MONITORING_DEFAULT_LIMIT", "200"},
    {"MONITORING_ALERT_WINDOW_MIN", "60"},
    {"MONITORING_RATE_THRESHOLD", "120"},
    {"MONITORING_CLIENT_ERROR_THRESHOLD", "12"},
    {"MONITORING_MISSING_KEY_THRESHOLD", "25"},
    {"MONITORING_DB_PATH", "aihub.db"},
    {"MONITORING_STATE_PATH", "monitoring_state.json"},
    {"MONITORING_MAX_AGE_DAYS", "30"},
    {"LMSTUDIO_MODEL", "qwen3-06.b"},
    {"LMSTUDIO_EMBEDDING_MODEL", "text-embedding-qwen3-embedding-0.6b"},
    {"LMSTUDIO_COMPLETION_MODEL", ""},
    {"OLLAMA_MODEL", "gemma3:4b"},
    {"OPENWEBUI_MODEL", ""},
    {"KOKORO_VOICE", "af_bella"},
    {"OPENWEBUI_API_KEY", ""},
    {"DASHBOARD_API_KEYS", ""},
    {"DASHBOARD_API_KEY", ""},
    {"AGENT_TIMEOUT", "30s"},
    {"CONNECTIVITY_TIMEOUT", "15s"},
    {"LMSTUDIO_PORT", "1234"},
    {"KOKORO_PORT", "8880"},
    {"STT_REST_PORT", "10400"},
    {"OPENWEBUI_PORT", "3000"},
    {"STATIC_VERSION", ""},
    {"OLLAMA_URL", "http://127.0.0.1:11434"},
    {"OLLAMA_BASE_URL", "http://127.0.0.1:11434"},
    {"OLLAMA_LOCAL_URL", "http://127.0.0.1:11434"},
    {"ADMIN_KEY", ""},
    {"HF_TOKEN", ""},
    {"HUB_URL", "https://localhost:7197/gridhub"},
    {"PROVIDER_TOKEN", ""},
    {"ALLOW_INVALID_CERTS", "0"},
    {"LOG_LEVEL", "INFO"},
    {"LOG_FILE_LEVEL", "INFO"},
    {"BASE_PATH", "/api"},
    {"TOKEN_DB_PATH", "tokens.db"},
    {"CLI_API_KEY_*", ""},
};

TEST_CASE("every variable of the systems that aihub replaces is a row with their default") {
    for (const Promise& promise : promises) {
        INFO(promise.variable);
        const Setting* row = row_of(promise.variable);
        REQUIRE(row != nullptr);
        CHECK(row->standard == promise.standard);
    }
}

TEST_CASE("every key of the older gateways' files is a row with their default") {
    const std::map<std::string, std::string> keys = {
        {"ollama_url", "http://127.0.0.1:11434"},
        {"backend_mode", "bare"},
        {"admin_key", ""},
        {"hf_token", ""},
        {"models_dir", "data/models"},
        {"pricing.input_per_1k", "0.0001"},
        {"pricing.output_per_1k", "0.0002"},
        {"rate_limits.payg", "5"},
        {"rate_limits.sub", "10"},
        {"ProviderTokens", ""},
        {"RegistryUrl", "https://localhost:7001"},
        {"RegistryPollingIntervalSeconds", "30"},
    };
    for (const auto& [name, standard] : keys) {
        INFO(name);
        REQUIRE(find_setting(name) != nullptr);
        CHECK(find_setting(name)->standard == standard);
    }
}

TEST_CASE("no two rows share a name, a variable or a flag") {
    std::set<std::string> names, variables, flags;
    for (const Setting& row : settings_table()) {
        INFO(row.name);
        CHECK(names.insert(std::string(row.name)).second);
        if (!row.flag.empty()) CHECK(flags.insert(std::string(row.flag)).second);
        for (const std::string& name : split_list(row.environment)) CHECK(variables.insert(name).second);
    }
}

TEST_CASE("every row says what it does and can be set from the environment") {
    for (const Setting& row : settings_table()) {
        INFO(row.name);
        CHECK(row.help.size() > 10);
        CHECK_FALSE(row.environment.empty());
        CHECK((row.flag.empty() || row.flag.starts_with("--")));
    }
}

TEST_CASE("every variable of every row reaches its setting") {
    const std::map<Type, std::string> samples = {
        {Type::integer, "17"},  {Type::number, "0.5"}, {Type::boolean, "yes"}, {Type::size, "3MB"},
        {Type::duration, "7s"}, {Type::list, "a,b"},   {Type::text, "sample"}};
    const std::map<std::string, std::string> special = {
        {"level", "ERROR"},
        {"path", "/x"},
        {"url", "http://h:1"},
        {"url|off", "http://h:1"},
        {"address", "127.0.0.1:9"},
        {"address|off", "127.0.0.1:9"},
        {"text|json", "json"},
        {"payg|sub", "payg"},
        {"bare|docker", "docker"},
        {"400..599|off", "502,503"},
        {"least-outstanding|round-robin|latency|cost|sticky", "sticky"}};
    for (const Setting& row : settings_table()) {
        for (const std::string& name : split_list(row.environment)) {
            if (name.ends_with('*') || name == "AIHUB_TLS_CERT" || name == "AIHUB_TLS_KEY") continue;
            INFO(name);
            Fixture fixture;
            auto found = special.find(std::string(row.allowed));
            fixture.given_variable(name, found == special.end() ? samples.at(row.type) : found->second);
            CHECK(fixture.value(std::string(row.name)).origin == "environment " + name);
        }
    }
}

TEST_CASE("a placeholder variable of the older gateway is accepted and changes nothing") {
    Fixture fixture;
    std::string before = fixture.loaded().settings.print();
    fixture.given_variable("CLI_API_KEY_Test", "abcdefghijklmnop");
    CHECK(fixture.loaded().settings.print() == before);
}

TEST_CASE("the reference for the man page has every row") {
    std::string reference = render_settings_reference();
    for (const Setting& row : settings_table())
        CHECK_THAT(reference, Catch::Contains(".It Cm " + std::string(row.name) + "\n"));
}

}  // namespace
}  // namespace aihub::config
