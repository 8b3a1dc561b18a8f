#include "tools/aihub-serve/jobs/usage_spool.hpp"

#include "tests/unit/tools/aihub-serve/jobs/usage_fixture.hpp"

namespace aihub::serve {
namespace {

constexpr std::uint64_t plenty = 1'000'000;

class SpoolFixture : public UsageFixture {
public:
    SpoolFixture() : file(path("usage-pending.ndjson")), spool(file) {}

    std::vector<std::int64_t> drained(UsageSpool& from, std::size_t most = 3) {
        std::vector<std::int64_t> ids_of_rows;
        while (from.size() > 0) {
            UsageSpool::Piece piece = db::must(from.first(most));
            for (const db::Usage& row : piece.rows) ids_of_rows.push_back(row.id);
            damaged += piece.damaged;
            from.pass(piece);
        }
        return ids_of_rows;
    }

    std::string file;
    UsageSpool spool;
    std::size_t damaged = 0;
};

std::vector<std::int64_t> ids_of(const std::vector<db::Usage>& rows) {
    std::vector<std::int64_t> ids;
    for (const db::Usage& row : rows) ids.push_back(row.id);
    return ids;
}

TEST_CASE("rows that wait on disk come back in order, also in another process, and leave no file") {
    SpoolFixture fixture;
    std::vector<db::Usage> rows = fixture.given_rows(10);
    CHECK(db::must(fixture.spool.add(std::span(rows).first(4), plenty)) == 4);
    CHECK(db::must(fixture.spool.add(std::span(rows).last(6), plenty)) == 6);
    UsageSpool other(fixture.file);
    CHECK(fixture.drained(other) == ids_of(rows));
    CHECK_FALSE(std::filesystem::exists(fixture.file));
    CHECK(fixture.spool.size() == 0);
}

TEST_CASE("what is spooled stays within its bound, and says how many rows found room") {
    SpoolFixture fixture;
    std::vector<db::Usage> rows = fixture.given_rows(10);
    std::uint64_t limit = usage_line(rows[0]).size() * 4 + 1;
    std::size_t added = db::must(fixture.spool.add(rows, limit));
    CHECK(added == 4);
    CHECK(std::filesystem::file_size(fixture.file) <= limit);
    CHECK(db::must(fixture.spool.add(rows, limit)) == 0);
}

TEST_CASE("a line that a kill has cut is counted, and the rows behind it are read") {
    SpoolFixture fixture;
    std::vector<db::Usage> rows = fixture.given_rows(3);
    std::string cut = usage_line(rows[0]);
    db::must(write_file(fixture.file, cut + cut.substr(0, 50)));
    CHECK(db::must(fixture.spool.add(std::span(rows).last(2), plenty)) == 2);
    CHECK(fixture.drained(fixture.spool) == ids_of(rows));
    CHECK(fixture.damaged == 1);
}

TEST_CASE("rows that were added after a piece was read are not lost with it") {
    SpoolFixture fixture;
    std::vector<db::Usage> rows = fixture.given_rows(4);
    db::must(fixture.spool.add(std::span(rows).first(2), plenty));
    UsageSpool::Piece piece = db::must(fixture.spool.first(10));
    REQUIRE(piece.rows.size() == 2);
    UsageSpool successor(fixture.file);
    db::must(successor.add(std::span(rows).last(2), plenty));
    fixture.spool.pass(piece);
    CHECK(fixture.drained(fixture.spool) == ids_of({rows[2], rows[3]}));
}

TEST_CASE("a file that another process has emptied is read from its beginning") {
    SpoolFixture fixture;
    std::vector<db::Usage> rows = fixture.given_rows(3);
    db::must(fixture.spool.add(rows, plenty));
    fixture.spool.pass(db::must(fixture.spool.first(1)));
    UsageSpool successor(fixture.file);
    CHECK(fixture.drained(successor).size() == 3);
    db::must(successor.add(std::span(rows).first(1), plenty));
    CHECK(fixture.drained(fixture.spool) == ids_of({rows[0]}));
}

TEST_CASE("a spool that was removed is made anew") {
    SpoolFixture fixture;
    std::vector<db::Usage> rows = fixture.given_rows(2);
    db::must(fixture.spool.add(rows, plenty));
    std::filesystem::remove(fixture.file);
    db::must(fixture.spool.add(std::span(rows).first(1), plenty));
    UsageSpool other(fixture.file);
    CHECK(fixture.drained(other) == ids_of({rows[0]}));
}

TEST_CASE("a full disk takes no part of a row") {
    UsageFixture fixture;
    UsageSpool spool("/dev/full");
    Result<std::size_t> added = spool.add(fixture.given_rows(1), plenty);
    REQUIRE_FALSE(added);
    CHECK(added.error().code == ErrorCode::io);
    CHECK(added.error().message.find("/dev/full") != std::string::npos);
}

TEST_CASE("a line longer than what is read at once is passed over, not read for ever") {
    SpoolFixture fixture;
    db::Usage row = fixture.given_row();
    db::must(write_file(fixture.file, std::string(600'000, 'x') + "\n" + usage_line(row)));
    CHECK(fixture.drained(fixture.spool) == ids_of({row}));
    CHECK(fixture.damaged > 0);
}

}  // namespace
}  // namespace aihub::serve
