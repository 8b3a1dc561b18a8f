#include "tools/aihub-serve/jobs/usage_recovery.hpp"

#include "shared/base/clock.hpp"
#include "tests/unit/tools/aihub-serve/jobs/usage_fixture.hpp"
#include "tools/aihub-serve/jobs/missing_lines.hpp"
#include "tools/aihub-serve/pipeline/line_memory.hpp"
#include "tools/aihub-serve/pipeline/usage_journal.hpp"

namespace aihub::serve {
namespace {

constexpr std::int64_t minute_ms = 60'000;

class RecoveryFixture : public UsageFixture {
public:
    RecoveryFixture() : log(path("access.log")), journals(path("journal")) {
        db::must(make_folders(journals, 0700));
    }

    void log_line(const db::Usage& row) { text += logged(row); }
    void write_log() { db::must(write_file(log, text)); }
    Rebuilt recovered() { return db::must(recover_usage(database, journals, log)); }
    // As of now, which is after the database was made.
    db::Usage given_recent_row(std::int64_t age_ms = 0) {
        return given_row(5, now_ms() + minute_ms - age_ms);
    }
    void given_written(const db::Usage& row) { db::must(db::write_usage(database, std::span(&row, 1))); }
    // What a killed process leaves: a file that nobody holds.
    std::string given_waiting(const std::string& lines) {
        LineMemory memory(journals, 10'000);
        std::copy(lines.begin(), lines.end(), memory.begin());
        memory.set_waiting(lines.size());
        for (const auto& entry : std::filesystem::directory_iterator(journals))
            if (entry.path().filename().string().starts_with(lines_prefix))
                std::filesystem::copy(entry.path(), journals + "/lines-dead");
        return journals + "/lines-dead";
    }

    std::string log;
    std::string journals;
    std::string text;
};

TEST_CASE("usage that is in the access log and not in the database is made again, with its price") {
    RecoveryFixture fixture;
    db::Usage written = fixture.given_recent_row();
    fixture.given_written(written);
    fixture.log_line(written);
    for (int i = 0; i < 3; ++i) fixture.log_line(fixture.given_recent_row());
    fixture.text += R"({"status":200,"usage_id":null})"
                    "\n";
    fixture.write_log();
    Rebuilt rebuilt = fixture.recovered();
    CHECK(rebuilt.rows == 3);
    CHECK(rebuilt.cost_micro == 15);
    CHECK(rebuilt.unknown == 0);
    CHECK(fixture.stored_ids().size() == 4);
    CHECK(fixture.balance() == UsageFixture::opening - 20);
    CHECK(db::must(db::find_key(fixture.database, "bob/default")).spent_micro == 20);
}

TEST_CASE("doing it twice changes nothing") {
    RecoveryFixture fixture;
    for (int i = 0; i < 3; ++i) fixture.log_line(fixture.given_recent_row());
    fixture.write_log();
    CHECK(fixture.recovered().rows == 3);
    CHECK(fixture.recovered().rows == 0);
    CHECK(fixture.balance() == UsageFixture::opening - 15);
}

TEST_CASE("lines of long before the newest row are not looked at, nor are those older than the database") {
    RecoveryFixture fixture;
    db::Usage before = fixture.given_recent_row(30 * minute_ms);
    fixture.log_line(before);
    fixture.text += std::string(3 * 1024 * 1024, ' ') + "\n";
    fixture.log_line(fixture.given_recent_row());
    fixture.write_log();
    SECTION("an empty database is not charged for what was before it") {
        CHECK(fixture.recovered().rows == 1);
    }
    SECTION("beside a newest row") {
        fixture.given_written(fixture.given_recent_row());
        CHECK(fixture.recovered().rows == 1);
    }
    CHECK(fixture.balance() >= UsageFixture::opening - 10);
}

TEST_CASE("a log that was rotated a moment ago is read, too") {
    RecoveryFixture fixture;
    fixture.log_line(fixture.given_recent_row());
    fixture.log_line(fixture.given_recent_row());
    db::must(write_file(fixture.log + ".1", fixture.text));
    fixture.text.clear();
    fixture.log_line(fixture.given_recent_row());
    fixture.write_log();
    CHECK(fixture.recovered().rows == 3);
}

TEST_CASE("a last line that was cut is no usage, and those before it are") {
    RecoveryFixture fixture;
    fixture.log_line(fixture.given_recent_row());
    std::string cut = fixture.logged(fixture.given_recent_row());
    fixture.text += cut.substr(0, cut.size() - 2);
    fixture.write_log();
    CHECK(fixture.recovered().rows == 1);
}

TEST_CASE("without an access log there is nothing to make again, and no error") {
    RecoveryFixture fixture;
    CHECK(fixture.recovered().rows == 0);
    CHECK(db::must(recover_usage(fixture.database, fixture.path("nowhere"), "")).rows == 0);
}

TEST_CASE("usage of a key that the database does not know stays on record, and is reported") {
    RecoveryFixture fixture;
    db::Usage row = fixture.given_recent_row();
    std::string line = fixture.logged(row);
    line.replace(line.find(fixture.key.id), fixture.key.id.size(), "0123456789ab");
    fixture.text = line;
    fixture.write_log();
    Rebuilt rebuilt = fixture.recovered();
    CHECK(rebuilt.rows == 1);
    CHECK(rebuilt.unknown == 1);
    CHECK(fixture.balance() == UsageFixture::opening);
}

TEST_CASE("usage of a revoked key is still charged") {
    RecoveryFixture fixture;
    fixture.log_line(fixture.given_recent_row());
    fixture.write_log();
    db::must(db::revoke_key(fixture.database, "bob/default", db::tester));
    CHECK(fixture.recovered().unknown == 0);
    CHECK(fixture.balance() == UsageFixture::opening - 5);
}

TEST_CASE(
    "lines that waited in the memory of a killed process reach the access log once, and their usage the "
    "database") {
    RecoveryFixture fixture;
    std::string first = fixture.logged(fixture.given_recent_row());
    std::string second = fixture.logged(fixture.given_recent_row());
    std::string file = fixture.given_waiting(first + second);
    SECTION("none of them was written") {}
    SECTION("the first was written") {
        fixture.text = first;
    }
    SECTION("all were written") {
        fixture.text = first + second;
    }
    SECTION("the write was cut") {
        fixture.text = first + second.substr(0, 40);
    }
    fixture.write_log();
    CHECK(fixture.recovered().rows == 2);
    CHECK(db::must(read_file(fixture.log)) == first + second);
    CHECK_FALSE(std::filesystem::exists(file));
    CHECK(fixture.balance() == UsageFixture::opening - 10);
}

TEST_CASE("a line that something else has cut is ended before others follow") {
    RecoveryFixture fixture;
    std::string line = fixture.logged(fixture.given_recent_row());
    fixture.given_waiting(line);
    fixture.text = "half a li";
    fixture.write_log();
    fixture.recovered();
    CHECK(db::must(read_file(fixture.log)) == "half a li\n" + line);
}

TEST_CASE("the journal of a process that still runs is left alone") {
    RecoveryFixture fixture;
    LineMemory memory(fixture.journals, 1000);
    REQUIRE(memory.outlives_us());
    std::string line = fixture.logged(fixture.given_recent_row());
    std::copy(line.begin(), line.end(), memory.begin());
    memory.set_waiting(line.size());
    CHECK(fixture.recovered().rows == 0);
    CHECK_FALSE(std::filesystem::exists(fixture.log));
}

TEST_CASE("damaged journals hurt nobody") {
    RecoveryFixture fixture;
    db::must(write_file(fixture.journals + "/lines-empty", ""));
    db::must(write_file(fixture.journals + "/lines-short", "abc"));
    db::must(write_file(fixture.journals + "/lines-noise", std::string(5000, '\xA5')));
    db::must(write_file(fixture.journals + "/usage-noise", "\n\n{\"usage_id\":7}\nnoise"));
    db::must(write_file(fixture.journals + "/other", "stays"));
    CHECK(fixture.recovered().rows <= 1);
    CHECK(std::filesystem::exists(fixture.journals + "/other"));
    CHECK_FALSE(std::filesystem::exists(fixture.journals + "/lines-noise"));
}

TEST_CASE("without a log file, a killed process's usage is made again from its journal") {
    RecoveryFixture fixture;
    db::Usage first = fixture.given_recent_row();
    db::Usage second = fixture.given_recent_row();
    db::must(write_file(fixture.journals + "/usage-dead", fixture.logged(first) + fixture.logged(second)));
    std::string waiting =
        fixture.given_waiting(fixture.logged(second) + fixture.logged(fixture.given_recent_row()));
    CHECK(db::must(recover_usage(fixture.database, fixture.journals, "")).rows == 3);
    CHECK_FALSE(std::filesystem::exists(fixture.journals + "/usage-dead"));
    CHECK_FALSE(std::filesystem::exists(waiting));
}

TEST_CASE("what cannot be recovered stays for the next start") {
    RecoveryFixture fixture;
    std::string line = fixture.logged(fixture.given_recent_row());
    std::string file = fixture.given_waiting(line);
    std::filesystem::create_directory(fixture.log);
    CHECK_FALSE(recover_usage(fixture.database, fixture.journals, fixture.log));
    CHECK(std::filesystem::exists(file));
    std::filesystem::remove(fixture.log);
    fixture.recovered();
    CHECK(db::must(read_file(fixture.log)) == line);
}

}  // namespace
}  // namespace aihub::serve
