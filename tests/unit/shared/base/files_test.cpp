#include "shared/base/files.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "shared/base/clock.hpp"

namespace aihub {
namespace {

namespace fs = std::filesystem;

struct Folder {
    Folder() {
        std::string pattern = (fs::temp_directory_path() / "aihub-base-XXXXXX").string();
        path = ::mkdtemp(pattern.data());
    }
    ~Folder() { fs::remove_all(path); }
    std::string path;
};

TEST_CASE("a file is written whole, with the permissions that were asked for") {
    Folder folder;
    std::string path = folder.path + "/key";
    std::string text(100'000, 'x');
    REQUIRE(write_file(path, text, 0600));
    CHECK(read_file(path).value() == text);
    CHECK((fs::status(path).permissions() & fs::perms::all) == static_cast<fs::perms>(0600));
    REQUIRE(write_file(path, "short"));
    CHECK(read_file(path).value() == "short");
    CHECK(std::distance(fs::directory_iterator(folder.path), fs::directory_iterator()) == 1);
}

TEST_CASE("a file that is not there and a folder that is not there are told apart from the rest") {
    Folder folder;
    CHECK(read_file(folder.path + "/none").error().code == ErrorCode::not_found);
    CHECK(read_file(folder.path).error().code == ErrorCode::io);
    CHECK_FALSE(write_file(folder.path + "/none/x", "text"));
}

TEST_CASE("folders are made with their parents, and existing ones are fine") {
    Folder folder;
    REQUIRE(make_folders(folder.path + "/a/b/c", 0700));
    REQUIRE(make_folders(folder.path + "/a/b/c/", 0700));
    CHECK(fs::is_directory(folder.path + "/a/b/c"));
    REQUIRE(write_file(folder.path + "/file", ""));
    CHECK_FALSE(make_folders(folder.path + "/file/x"));
}

TEST_CASE("a descriptor closes once, whoever holds it last") {
    Folder folder;
    int number = -1;
    {
        UniqueFd first(::open(folder.path.c_str(), 0));
        number = first.get();
        UniqueFd second(std::move(first));
        CHECK_FALSE(first);
        CHECK(second.get() == number);
    }
    CHECK(::close(number) == -1);
}

TEST_CASE("times are printed as logs and HTTP want them") {
    CHECK(utc_iso8601(1'769'848'200'999) == "2026-01-31T08:30:00Z");
    CHECK(http_date(1'769'848'200'000) == "Sat, 31 Jan 2026 08:30:00 GMT");
    ::setenv("TZ", "XYZ-1:30", 1);
    ::tzset();
    CHECK(local_iso8601(1'769'848'200'000) == "2026-01-31T10:00:00+01:30");
    ::unsetenv("TZ");
    ::tzset();
}

}  // namespace
}  // namespace aihub
