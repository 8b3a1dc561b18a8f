#include "shared/log/log.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>
#include <vector>

#include "shared/base/files.hpp"
#include "shared/base/strings.hpp"

namespace aihub::log {
namespace {

namespace fs = std::filesystem;

// A folder with a log file, and stderr in a file of its own while the fixture lives.
class Fixture {
public:
    Fixture() {
        std::string pattern = (fs::temp_directory_path() / "aihub-log-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        saved_ = UniqueFd(::dup(STDERR_FILENO));
        UniqueFd file(::open(stderr_path().c_str(), O_RDWR | O_CREAT | O_APPEND, 0600));
        ::dup2(file.get(), STDERR_FILENO);
    }
    ~Fixture() {
        ::dup2(saved_.get(), STDERR_FILENO);
        ::unsetenv("JOURNAL_STREAM");
        fs::remove_all(folder_);
    }

    std::string path(const std::string& name = "x.log") const { return folder_ + "/" + name; }
    std::string file(const std::string& name = "x.log") const {
        return read_file(path(name)).value_or("(none)");
    }
    std::string on_stderr() const { return file("stderr"); }
    std::string stderr_path() const { return path("stderr"); }

private:
    std::string folder_;
    UniqueFd saved_;
};

std::size_t lines(const std::string& text) {
    return split(text, '\n').size() - 1;
}

TEST_CASE("levels are read in any case, and nothing else is one") {
    CHECK(parse_level("DEBUG") == Level::debug);
    CHECK(parse_level("Info") == Level::info);
    CHECK(parse_level("warn") == Level::warning);
    CHECK(parse_level("WARNING") == Level::warning);
    CHECK(parse_level("critical") == Level::critical);
    CHECK_FALSE(parse_level(""));
    CHECK_FALSE(parse_level("LOUD"));
}

TEST_CASE("events below the level are not written") {
    Fixture fixture;
    Logger logger(Level::warning);
    logger.info("a.b");
    CHECK(fixture.on_stderr().empty());
    logger.warning("c.d", kv("x", 1));
    CHECK_THAT(fixture.on_stderr(), Catch::EndsWith(" warning c.d x=1\n"));
    CHECK_FALSE(logger.enabled(Level::info));
}

TEST_CASE("the file has a level of its own, more or less than stderr's") {
    Fixture fixture;
    Logger logger(Level::error);
    REQUIRE(logger.open_file(fixture.path(), Level::debug));
    logger.debug("first.event");
    CHECK(fixture.on_stderr().empty());
    CHECK(lines(fixture.file()) == 1);
    logger.set_levels(Level::debug, Level::error);
    logger.debug("second.event");
    CHECK(lines(fixture.on_stderr()) == 1);
    CHECK(lines(fixture.file()) == 1);
    logger.critical("third.event");
    CHECK(lines(fixture.on_stderr()) == 2);
    CHECK(lines(fixture.file()) == 2);
}

TEST_CASE("a log file is made for its owner and group, and appended to") {
    Fixture fixture;
    mode_t mask = ::umask(0);
    for (int i = 0; i < 2; ++i) {
        Logger logger(Level::critical);
        REQUIRE(logger.open_file(fixture.path(), Level::info));
        logger.info("a.b");
    }
    ::umask(mask);
    CHECK(lines(fixture.file()) == 2);
    CHECK((fs::status(fixture.path()).permissions() & fs::perms::all) == static_cast<fs::perms>(0640));
}

TEST_CASE("after a rotation the log goes on in a new file") {
    Fixture fixture;
    Logger logger(Level::critical);
    REQUIRE(logger.open_file(fixture.path(), Level::info));
    logger.info("before.rotation");
    fs::rename(fixture.path(), fixture.path("old"));
    logger.info("still.before");
    REQUIRE(logger.reopen());
    logger.info("after.rotation");
    CHECK(lines(fixture.file("old")) == 2);
    CHECK(lines(fixture.file()) == 1);
}

TEST_CASE("a log file that cannot be opened is an error, and a failed reopen keeps the old file") {
    Fixture fixture;
    Logger logger(Level::critical);
    CHECK(logger.open_file(fixture.path("none/x.log"), Level::info).error().code == ErrorCode::io);
    fs::create_directory(fixture.path("sub"));
    REQUIRE(logger.open_file(fixture.path("sub/x.log"), Level::info));
    fs::rename(fixture.path("sub"), fixture.path("moved"));
    CHECK_FALSE(logger.reopen());
    logger.info("a.b");
    CHECK(lines(fixture.file("moved/x.log")) == 1);
}

TEST_CASE("a line for the journal starts with its priority, one for a file does not") {
    Fixture fixture;
    struct stat status{};
    REQUIRE(::fstat(STDERR_FILENO, &status) == 0);
    std::string stream = std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
    ::setenv("JOURNAL_STREAM", stream.c_str(), 1);
    Logger logger(Level::debug);
    REQUIRE(logger.open_file(fixture.path(), Level::debug));
    logger.debug("e");
    logger.info("e");
    logger.warning("e");
    logger.error("e");
    logger.critical("e");
    std::string written = fixture.on_stderr();
    std::string priorities;
    for (std::string_view line : split(written, '\n')) priorities += line.substr(0, 3);
    CHECK(priorities == "<7><6><4><3><2>");
    CHECK_THAT(fixture.file(), !Catch::Contains("<"));
    ::setenv("JOURNAL_STREAM", "1:1", 1);
    Logger elsewhere(Level::debug);
    elsewhere.info("not.journal");
    CHECK_THAT(fixture.on_stderr(), Catch::Contains("\n20"));
}

TEST_CASE("lines of many threads stay whole while the file is reopened") {
    Fixture fixture;
    Logger logger(Level::critical);
    REQUIRE(logger.open_file(fixture.path(), Level::info));
    std::vector<std::thread> threads;
    for (int each = 0; each < 4; ++each)
        threads.emplace_back([&] {
            for (int i = 0; i < 200; ++i) logger.info("some.event", kv("text", "two words"));
        });
    for (int i = 0; i < 50; ++i) CHECK(logger.reopen());
    for (std::thread& each : threads) each.join();
    std::string text = fixture.file();
    CHECK(lines(text) == 800);
    for (std::string_view line : split(text, '\n'))
        if (!line.empty()) CHECK(line.substr(20) == " info some.event text=\"two words\"");
}

}  // namespace
}  // namespace aihub::log
