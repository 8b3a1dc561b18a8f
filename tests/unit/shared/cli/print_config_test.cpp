#include "shared/cli/print_config.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "shared/cli/tool.hpp"
#include "tests/unit/shared/config/fixture.hpp"

namespace aihub::cli {
namespace {

using Catch::Contains;

// stdout and stderr of one call of a tool with a settings file of this text.
struct Answer {
    int exit;
    std::string out;
    std::string error;
};

std::string take(std::FILE* stream) {
    std::rewind(stream);
    std::string text;
    for (int c = std::fgetc(stream); c != EOF; c = std::fgetc(stream)) text.push_back(static_cast<char>(c));
    std::fclose(stream);
    return text;
}

Answer run_with(const std::string& settings, std::vector<std::string> arguments) {
    config::Fixture fixture;
    fixture.given_file("aihub.json", settings);
    arguments.insert(arguments.end(), {"--config", fixture.around.folder + "/aihub.json"});
    std::FILE* out = std::tmpfile();
    std::FILE* error = std::tmpfile();
    int exit = Tool("demo", "a tool").run(arguments, out, error);
    return {exit, take(out), take(error)};
}

TEST_CASE("config prints settings and services with where they come from") {
    Answer answer =
        run_with(R"({"static_version": "7", "services": {"extra": {"url": "http://h:1"}}})", {"config"});
    CHECK(answer.exit == 0);
    CHECK_THAT(answer.out, Contains("static_version = 7   # ") && Contains("/aihub.json:1\n"));
    CHECK_THAT(answer.out, Contains("services.extra = http://h:1   # "));
}

TEST_CASE("config --json holds the same, and no secret") {
    Answer answer = run_with(R"({"provider_token": "a-long-worker-token"})", {"config", "--json"});
    nlohmann::json document = nlohmann::json::parse(answer.out);
    CHECK(document["schema"] == "aihub.config/1");
    bool found = false;
    for (const nlohmann::json& row : document["settings"])
        if (row["name"] == "provider_token") found = row["value"] == "a-lo…oken";
    CHECK(found);
    CHECK_THAT(answer.out, !Contains("a-long-worker-token"));
}

TEST_CASE("config --check names every mistake, in the order of the file, and ends with 2") {
    Answer answer = run_with("{\n\"threads\": \"x\",\n\"drian\": 1\n}", {"config", "--check"});
    CHECK(answer.exit == 2);
    CHECK(answer.out.empty());
    std::size_t first = answer.error.find("aihub.json:2: threads: wrong type");
    std::size_t second = answer.error.find("aihub.json:3: drian: unknown key; did you mean drain?");
    CHECK(first < second);
    CHECK(second != std::string::npos);
}

TEST_CASE("config --check says that sound settings are fine") {
    Answer answer = run_with("{}", {"config", "--check"});
    CHECK(answer.exit == 0);
    CHECK_THAT(answer.out, Catch::EndsWith("/aihub.json is fine\n"));
}

}  // namespace
}  // namespace aihub::cli
