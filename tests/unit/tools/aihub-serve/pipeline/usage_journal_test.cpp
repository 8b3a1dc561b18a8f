#include "tools/aihub-serve/pipeline/usage_journal.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <vector>

#include "tests/unit/shared/db/scratch.hpp"

namespace aihub::serve {
namespace {

std::string all_of(const std::string& folder) {
    std::string text;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        text += db::must(read_file(entry.path()));
    return text;
}

TEST_CASE("lines stay in the journal until all that it tells of is written") {
    db::Scratch scratch;
    UsageJournal journal;
    db::must(journal.open(scratch.path("")));
    std::vector<std::int64_t> first = {1, 2};
    std::vector<std::int64_t> second = {3};
    journal.add("one two\n", first);
    journal.add("three\n", second);
    CHECK(all_of(scratch.path("")) == "one two\nthree\n");
    journal.let_go(first);
    CHECK(all_of(scratch.path("")) == "one two\nthree\n");
    journal.let_go(second);
    CHECK(all_of(scratch.path("")).empty());
}

TEST_CASE("it does not grow for as long as there is always something that is not written yet") {
    db::Scratch scratch;
    UsageJournal journal;
    db::must(journal.open(scratch.path("")));
    std::string line(100'000, 'x');
    std::size_t most = 0;
    for (std::int64_t id = 1; id < 200; ++id) {
        std::vector<std::int64_t> next = {id};
        std::vector<std::int64_t> before = {id - 1};
        journal.add(line, next);
        journal.let_go(before);
        most = std::max(most, all_of(scratch.path("")).size());
    }
    CHECK(most < 30 * line.size());
}

TEST_CASE("its files go with it when nothing is left in them, else they stay") {
    db::Scratch scratch;
    std::vector<std::int64_t> ids = {1};
    {
        UsageJournal journal;
        db::must(journal.open(scratch.path("")));
        journal.add("one\n", ids);
        journal.let_go(ids);
    }
    CHECK(std::filesystem::is_empty(scratch.path("")));
    {
        UsageJournal journal;
        db::must(journal.open(scratch.path("")));
        journal.add("one\n", ids);
    }
    CHECK(all_of(scratch.path("")) == "one\n");
}

TEST_CASE("a journal that cannot be written is refused with its folder's name") {
    db::Scratch scratch;
    UsageJournal journal;
    Result<void> opened = journal.open(scratch.path("nowhere"));
    REQUIRE_FALSE(opened);
    CHECK(opened.error().message.find(scratch.path("nowhere")) != std::string::npos);
}

}  // namespace
}  // namespace aihub::serve
