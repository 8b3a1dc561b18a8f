#include "tools/aihub-serve/pipeline/line_memory.hpp"

#include <fcntl.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>

#include "tests/unit/shared/db/scratch.hpp"

namespace aihub::serve {
namespace {

std::size_t files_in(const std::string& folder) {
    auto files = std::filesystem::directory_iterator(folder);
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

void put(LineMemory& memory, std::string_view lines) {
    std::memcpy(memory.begin() + memory.waiting(), lines.data(), lines.size());
    memory.set_waiting(memory.waiting() + lines.size());
}

TEST_CASE("lines that wait can be read from outside, and those that were written cannot") {
    db::Scratch scratch;
    LineMemory memory(scratch.path(""), 100);
    REQUIRE(memory.outlives_us());
    put(memory, "one\n");
    put(memory, "two\n");
    auto path = std::filesystem::directory_iterator(scratch.path(""))->path();
    CHECK_FALSE(claim_journal_file(path));
    UniqueFd reader(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    CHECK(waiting_lines(reader.get()) == "one\ntwo\n");
    memory.set_waiting(0);
    CHECK(waiting_lines(reader.get()).empty());
}

TEST_CASE("its file goes with it") {
    db::Scratch scratch;
    {
        LineMemory memory(scratch.path(""), 100);
        CHECK(files_in(scratch.path("")) == 1);
    }
    CHECK(files_in(scratch.path("")) == 0);
}

TEST_CASE("without a folder that can be written it is plain memory") {
    db::Scratch scratch;
    for (const std::string& folder : {std::string(), scratch.path("nowhere"), std::string("/proc")}) {
        LineMemory memory(folder, 100);
        CHECK_FALSE(memory.outlives_us());
        CHECK(memory.capacity() == 100);
        put(memory, "one\n");
        CHECK(memory.waiting() == 4);
    }
}

TEST_CASE("a file that a dead process left is claimed once") {
    db::Scratch scratch;
    std::string path;
    make_journal_file(scratch.path(""), lines_prefix, path).reset();
    auto first = claim_journal_file(path);
    CHECK(first);
    CHECK_FALSE(claim_journal_file(path));
    CHECK_FALSE(claim_journal_file(scratch.path("nowhere")));
}

}  // namespace
}  // namespace aihub::serve
