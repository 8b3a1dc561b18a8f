#include "shared/accesslog/flags.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace aihub::accesslog;

namespace {

// The names of an entry's flags, with blanks between.
std::string names_of(const Entry& entry) {
    std::string names;
    for (Flag flag : all_flags)
        if (has_flag(flags_of(entry), flag)) names.append(names.empty() ? "" : " ").append(name(flag));
    return names;
}

std::string flags_with_status(int status) {
    Entry entry;
    entry.key_hint = "ahk_…x7Qz";
    entry.status = status;
    return names_of(entry);
}

std::string flags_with_uri(std::string_view uri) {
    Entry entry;
    entry.key_hint = "…";
    entry.uri = uri;
    return names_of(entry);
}

}  // namespace

TEST_CASE("a status is a fault of the client, of the server, or none") {
    for (int status : {0, 101, 200, 304, 399}) CHECK(flags_with_status(status) == "");
    for (int status : {400, 404, 499}) CHECK(flags_with_status(status) == "client_error");
    for (int status : {500, 503, 599}) CHECK(flags_with_status(status) == "upstream_error");
}

TEST_CASE("a request without a key says so, and one may have several flags") {
    Entry entry;
    entry.status = 404;
    entry.uri = "/.git/config";
    entry.request_time_ms = 15'001;
    CHECK(names_of(entry) == "client_error no_api_key suspicious_path very_slow");
}

TEST_CASE("a request is very slow beyond fifteen seconds") {
    Entry entry;
    entry.key_hint = "…";
    entry.request_time_ms = 15'000;
    CHECK(names_of(entry) == "");
    entry.request_time_ms = 15'001;
    CHECK(names_of(entry) == "very_slow");
}

TEST_CASE("what scanners ask for is suspicious, in any case, in the query, and encoded") {
    for (const char* uri : {"/../", "/a/../../b", "/x?file=/etc/passwd", "/ETC/Passwd", "/blog/wp-admin/",
                            "/WP-ADMIN", "/.git/HEAD", "/.gitignore", "/PhpMyAdmin", "/%2e%2e/x", "/..%2f",
                            "/%2E%67it", "/a?b=%2Fetc%2fpasswd", "/%zz/%2egit", "../x"}) {
        INFO(uri);
        CHECK(flags_with_uri(uri) == "suspicious_path");
    }
}

TEST_CASE("ordinary targets are not suspicious") {
    for (const char* uri : {"", "/", "*", "/v1/chat/completions", "/a..", "/a..b/c", "/a/.../", "/git",
                            "/x.git", "/etc", "/wp", "/wp-admi", "/%", "/%2", "/%2e", "/100%25/ok"}) {
        INFO(uri);
        CHECK(flags_with_uri(uri) == (std::string_view(uri) == "/a/.../" ? "suspicious_path" : ""));
    }
}
