#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "shared/http/head.hpp"

namespace aihub::http {
namespace {

TEST_CASE("no spelling of a dot segment is safe, wherever it stands") {
    std::vector<std::string> dots = {".",   "..",     "%2e", "%2E",      "%2e%2e", "%2E%2e", ".%2e",  "%2e.",
                                     "..;", "..;a=b", ".;x", "%2e%2e;x", "..%3bx", "..%3B",  "%2e%3b"};
    std::vector<std::string> slashes = {"/", "%2f", "%2F", "\\", "%5c", "%5C"};
    for (const std::string& dot : dots) {
        for (const std::string& slash : slashes) {
            INFO(slash << dot);
            CHECK_FALSE(path_is_safe("/" + dot));
            CHECK_FALSE(path_is_safe("/a" + slash + dot));
            CHECK_FALSE(path_is_safe("/a" + slash + dot + slash));
            CHECK_FALSE(path_is_safe("/a" + slash + dot + slash + "b"));
            CHECK_FALSE(path_is_safe("/a" + slash + dot + "/b"));
            CHECK_FALSE(path_is_safe("/" + dot + slash + "b"));
        }
    }
}

TEST_CASE("an encoded NUL or half an escape is not safe") {
    for (const char* path : {"/a%00", "/%00/b", "/a%", "/a%2", "/a%zz", "/a%2g/b", "/%%32e", "/%u002e"}) {
        INFO(path);
        CHECK_FALSE(path_is_safe(path));
    }
}

TEST_CASE("dots that are part of a name are safe") {
    for (const char* path : {"/", "/v1/models", "/a..b", "/..a", "/a..", "/...", "/....", "/.well-known/x",
                             "/a/.b", "//", "/v1/models/org%2Fname", "/models/gemma3:4b-q4.0", "/a;v=..",
                             "/a%20b", "/%2e%2e%2e", "/a%2e%2eb", "/100%25", "/a%5cb"}) {
        INFO(path);
        CHECK(path_is_safe(path));
    }
}

}  // namespace
}  // namespace aihub::http
