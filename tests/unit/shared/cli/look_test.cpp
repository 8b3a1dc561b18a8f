#include "shared/cli/look.hpp"

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <map>
#include <optional>
#include <string>

namespace aihub::cli {
namespace {

// Variables that are set, or not, for as long as it lives.
class Environment {
public:
    explicit Environment(std::map<std::string, std::string> wanted) {
        for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG", "NO_COLOR", "TERM"}) {
            const char* value = ::getenv(name);
            before_[name] = value ? std::optional<std::string>(value) : std::nullopt;
            set(name, wanted.contains(name) ? std::optional(wanted[name]) : std::nullopt);
        }
    }
    ~Environment() {
        for (const auto& [name, value] : before_) set(name, value);
    }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

private:
    static void set(const std::string& name, const std::optional<std::string>& value) {
        if (value)
            ::setenv(name.c_str(), value->c_str(), 1);
        else
            ::unsetenv(name.c_str());
    }
    std::map<std::string, std::optional<std::string>> before_;
};

Look look_with(std::map<std::string, std::string> variables) {
    Environment environment(std::move(variables));
    return look_from_environment();
}

TEST_CASE("UTF-8 is what the first set variable of the locale says") {
    CHECK(look_with({{"LANG", "de_DE.UTF-8"}}).utf8);
    CHECK(look_with({{"LANG", "C.utf8"}}).utf8);
    CHECK_FALSE(look_with({{"LANG", "de_DE.UTF-8"}, {"LC_ALL", "C"}}).utf8);
    CHECK(look_with({{"LANG", "C"}, {"LC_CTYPE", "en_GB.UTF-8"}}).utf8);
    CHECK_FALSE(look_with({}).utf8);
}

TEST_CASE("NO_COLOR counts when it is not empty") {
    CHECK(look_with({}).colour);
    CHECK(look_with({{"NO_COLOR", ""}}).colour);
    CHECK_FALSE(look_with({{"NO_COLOR", "1"}}).colour);
}

TEST_CASE("a terminal of which nothing is known gets lines") {
    CHECK(look_with({{"TERM", "dumb"}}).plain);
    CHECK(look_with({}).plain);
    CHECK_FALSE(look_with({{"TERM", "xterm-256color"}}).plain);
}

}  // namespace
}  // namespace aihub::cli
