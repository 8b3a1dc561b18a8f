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

TEST_CASE("the values of secrets in a target are masked, and nothing else is touched") {
    struct Row {
        const char* target;
        const char* masked;
    };
    for (const Row& row : {
             Row{"/v1/models", "/v1/models"},
             Row{"/x?a=1&b=2", "/x?a=1&b=2"},
             Row{"/x?api_key=s", "/x?api_key=***"},
             Row{"/x?access_token=s&a=1", "/x?access_token=***&a=1"},
             Row{"/x?a=1&key=s&token=t", "/x?a=1&key=***&token=***"},
             Row{"/x?API_KEY=s", "/x?API_KEY=***"},
             Row{"/x?Token=s=t", "/x?Token=***"},
             Row{"/x?api%5Fkey=s", "/x?api%5Fkey=***"},
             Row{"/x?%6bey=s", "/x?%6bey=***"},
             Row{"/x?k%zz=s&key=s", "/x?k%zz=s&key=***"},
             Row{"/x?key=", "/x?key=***"},
             Row{"/x?key", "/x?key"},
             Row{"/x?", "/x?"},
             Row{"/x?&&a&", "/x?&&a&"},
             Row{"/x?a?key=s", "/x?a?key=s"},
             Row{"/x?monkey=s&keys=s&tokens=5", "/x?monkey=s&keys=s&tokens=5"},
             Row{"/v1/audio/live", "/v1/audio/live"},
             Row{"/v1/audio/live/TOKEN", "/v1/audio/live/***"},
             Row{"/v1/audio/live/ws/TOKEN", "/v1/audio/live/ws/***"},
             Row{"/v1/audio/live/TOKEN?a=1&key=s", "/v1/audio/live/***?a=1&key=***"},
             Row{"http://hub/v1/audio/live/TOKEN", "http://hub/v1/audio/live/***"},
             Row{"/kokoro/v1/audio/live/a/b", "/kokoro/v1/audio/live/***"},
             Row{"https://h/p?token=x", "https://h/p?token=***"},
             Row{"/x?api-key=s", "/x?api-key=***"},
             Row{"*", "*"},
             Row{"", ""},
         }) {
        INFO(row.target);
        CHECK(masked(row.target) == row.masked);
    }
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
