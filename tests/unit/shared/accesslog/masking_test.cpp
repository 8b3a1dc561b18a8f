#include "shared/accesslog/masking.hpp"

#include <catch2/catch.hpp>

#include "shared/accesslog/path.hpp"

using namespace aihub::accesslog;

namespace {

std::string masked(std::string_view target) {
    std::string out;
    append_masked(out, target);
    if (!may_hold_secrets(target)) CHECK(out == target);
    return out;
}

}  // namespace

TEST_CASE("secrets in a query are masked by their names, however written") {
    CHECK(masked("/a?api_key=x&b=1") == "/a?api_key=***&b=1");
    CHECK(masked("/a?b=1&TOKEN=x&key=&access_token=y&api-key=z") ==
          "/a?b=1&TOKEN=***&key=***&access_token=***&api-key=***");
    CHECK(masked("/a?%61pi_key=x") == "/a?%61pi_key=***");
    CHECK(masked("/a?token=a=b?c") == "/a?token=***");
    CHECK(masked("https://h/p?token=x") == "https://h/p?token=***");
}

TEST_CASE("what is no secret stays") {
    for (const char* target :
         {"/", "", "/a?", "/a?&&", "/a?b", "/a?token", "/a?tokens=5", "/a?%zz=1", "/api_key=x", "*"})
        CHECK(masked(target) == target);
}

TEST_CASE("the token of a live voice session is masked") {
    CHECK(masked("/v1/audio/live/abc") == "/v1/audio/live/***");
    CHECK(masked("/v1/audio/live/ws/abc?x=1") == "/v1/audio/live/ws/***?x=1");
    CHECK(masked("/kokoro/v1/audio/live/abc/def") == "/kokoro/v1/audio/live/***");
}

TEST_CASE("a path is a target without what is no path") {
    CHECK(path_of("/a/b?c=d") == "/a/b");
    CHECK(path_of("/a#b?c") == "/a");
    CHECK(path_of("") == "/");
    CHECK(path_of("?a") == "/");
    CHECK(path_of("*") == "*");
    CHECK(path_of("http://host/a?b") == "/a");
    CHECK(path_of("http://host") == "/");
    CHECK(path_of("http://host?x") == "/");
    CHECK(path_of("/a?u=http://host/b") == "/a");
    CHECK(path_of("a/http://host/b") == "a/http://host/b");
}
