#include "tools/aihub-serve/pid_file.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

namespace aihub::serve {
namespace {

class StateFolder {
public:
    StateFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "aihub-state-XXXXXX").string();
        path = ::mkdtemp(pattern.data());
    }
    ~StateFolder() { std::filesystem::remove_all(path); }
    StateFolder(const StateFolder&) = delete;

    PidFile acquired() const {
        Result<PidFile> file = PidFile::acquire(path);
        if (!file) FAIL(file.error().message);
        return std::move(*file);
    }
    std::string path;
};

Running example() {
    Running running;
    running.process = 4321;
    running.addresses = {"127.0.0.1:8080", "[::1]:8080"};
    running.started = "2026-01-31T08:30:00Z";
    running.tls = true;
    running.reloads = 2;
    running.reload_error = "aihub.json:3: \"x\" is unknown";
    return running;
}

TEST_CASE("what a running gateway writes about itself is what others read") {
    StateFolder folder;
    PidFile file = folder.acquired();
    REQUIRE(file.write(example()));
    std::optional<Running> found = find_running(folder.path);
    REQUIRE(found);
    CHECK(found->process == 4321);
    CHECK(found->addresses == example().addresses);
    CHECK(found->started == example().started);
    CHECK(found->tls);
    CHECK(found->reloads == 2);
    CHECK(found->reload_error == example().reload_error);
    Running shorter;
    shorter.process = 1;
    REQUIRE(file.write(shorter));
    CHECK(find_running(folder.path)->process == 1);
    CHECK(find_running(folder.path)->addresses.empty());
}

TEST_CASE("a second gateway in the same state folder is told about the first") {
    StateFolder folder;
    PidFile file = folder.acquired();
    REQUIRE(file.write(example()));
    Result<PidFile> second = PidFile::acquire(folder.path);
    REQUIRE_FALSE(second);
    CHECK(second.error().code == ErrorCode::conflict);
    CHECK(second.error().message.find("process 4321") != std::string::npos);
    CHECK(second.error().hint.find("--state-dir") != std::string::npos);
    StateFolder other;
    CHECK(PidFile::acquire(other.path));
}

TEST_CASE("a gateway that has ended leaves nothing that is mistaken for one") {
    StateFolder folder;
    {
        PidFile file = folder.acquired();
        REQUIRE(file.write(example()));
        PidFile moved = std::move(file);
        CHECK(find_running(folder.path));
    }
    CHECK_FALSE(std::filesystem::exists(pid_path(folder.path)));
    CHECK_FALSE(find_running(folder.path));
    CHECK(PidFile::acquire(folder.path));
}

TEST_CASE("a lock that is handed over is held at every moment, and the file stays until its heir ends") {
    StateFolder folder;
    {
        PidFile old = folder.acquired();
        REQUIRE(old.write(example()));
        PidFile heir = PidFile::inherited(folder.path, UniqueFd(::dup(old.descriptor())));
        CHECK_FALSE(PidFile::acquire(folder.path));
        {
            PidFile leaving = std::move(old);
            leaving.hand_over();
        }
        CHECK(std::filesystem::exists(pid_path(folder.path)));
        CHECK_FALSE(PidFile::acquire(folder.path));
        Running successor;
        successor.process = 5;
        REQUIRE(heir.write(successor));
        CHECK(find_running(folder.path)->process == 5);
    }
    CHECK_FALSE(std::filesystem::exists(pid_path(folder.path)));
}

TEST_CASE("a file that a crash left behind names no running gateway, and is taken over") {
    StateFolder folder;
    REQUIRE(write_file(pid_path(folder.path), R"({"pid":1,"addresses":["127.0.0.1:1"]})"));
    CHECK_FALSE(find_running(folder.path));
    PidFile file = folder.acquired();
    REQUIRE(file.write(example()));
    CHECK(find_running(folder.path)->process == 4321);
}

TEST_CASE("what a crash left behind is gone before the new gateway has written anything") {
    StateFolder folder;
    REQUIRE(write_file(pid_path(folder.path), R"({"pid":1,"addresses":["127.0.0.1:1"]})"));
    PidFile file = folder.acquired();
    CHECK_FALSE(find_running(folder.path));
    CHECK(read_file(pid_path(folder.path)).value().empty());
}

TEST_CASE("a reader sees a running gateway at every point of its writing") {
    StateFolder folder;
    PidFile file = folder.acquired();
    REQUIRE(file.write(example()));
    Running shorter;
    shorter.process = 1;
    std::atomic<bool> done = false;
    std::thread writer([&] {
        for (int i = 0; i < 2000; ++i) (void)file.write(i % 2 == 0 ? shorter : example());
        done = true;
    });
    bool always = true;
    while (!done) always = find_running(folder.path).has_value() && always;
    writer.join();
    CHECK(always);
}

TEST_CASE("a gateway begins although others look whether one runs") {
    StateFolder folder;
    for (int i = 0; i < 50; ++i) {
        std::atomic<bool> done = false;
        std::thread looking([&] {
            while (!done) (void)find_running(folder.path);
        });
        Result<PidFile> file = PidFile::acquire(folder.path);
        bool begun = file.has_value() && file->write(example()).has_value();
        done = true;
        looking.join();
        REQUIRE(begun);
    }
}

TEST_CASE("a locked file that holds anything else names nobody") {
    StateFolder folder;
    PidFile file = folder.acquired();
    for (const char* text : {"", "{", "[]", "4321", R"({"pid":"4321"})", R"({"process":4321})"}) {
        INFO(text);
        REQUIRE(::truncate(pid_path(folder.path).c_str(), 0) == 0);
        std::ofstream(pid_path(folder.path), std::ios::app) << text;
        CHECK_FALSE(find_running(folder.path));
    }
}

TEST_CASE("a state folder that is not there is a mistake with a way out") {
    Result<PidFile> file = PidFile::acquire("/nonexistent/state");
    REQUIRE_FALSE(file);
    CHECK(file.error().code == ErrorCode::io);
    CHECK(file.error().hint.find("--state-dir") != std::string::npos);
    CHECK_FALSE(find_running("/nonexistent/state"));
}

}  // namespace
}  // namespace aihub::serve
