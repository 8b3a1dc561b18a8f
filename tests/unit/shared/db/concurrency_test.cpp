#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <latch>
#include <set>
#include <thread>
#include <vector>

#include "shared/db/statement.hpp"
#include "shared/db/transaction.hpp"
#include "tests/unit/shared/db/scratch.hpp"

namespace aihub::db {
namespace {

constexpr int writers = 8;
constexpr int keys_each = 12;

// Opens anew for every key, as a script that calls aihub-keys does. True when all were made.
bool add_keys(const std::string& path, int writer) {
    for (int i = 0; i < keys_each; ++i) {
        Result<Database> db = Database::open(path, OpenMode::read_write);
        if (!db) return std::fprintf(stderr, "%s\n", db.error().message.c_str()), false;
        Result<MadeKey> made = make_key(
            *db,
            wanted_key("user " + std::to_string(i % 3), std::to_string(writer) + "-" + std::to_string(i)),
            tester);
        if (!made) return std::fprintf(stderr, "%s\n", made.error().message.c_str()), false;
    }
    return true;
}

void check_all_are_there(const std::string& path) {
    Database db = open_database(path);
    std::set<std::string> names;
    for (const ApiKey& key : must(list_keys(db))) names.insert(key.name);
    CHECK(names.size() == writers * keys_each);
    CHECK(must(select_all(
              db.handle(), [](const Statement& row) { return row.text(0); }, "PRAGMA integrity_check")) ==
          std::vector<std::string>{"ok"});
    CHECK(must(select_integer(db.handle(), "SELECT count(*) FROM users")) == 3);
}

TEST_CASE("eight processes that add keys to a file that none of them finds do not disturb one another") {
    Scratch scratch;
    int gate[2];
    REQUIRE(::pipe(gate) == 0);
    std::vector<pid_t> children;
    for (int writer = 0; writer < writers; ++writer) {
        pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            char byte = 0;
            ::close(gate[1]);
            bool closed = ::read(gate[0], &byte, 1) == 0;  // all begin when the parent closes its end
            ::_exit(closed && add_keys(scratch.path(), writer) ? 0 : 1);
        }
        children.push_back(child);
    }
    ::close(gate[0]);
    ::close(gate[1]);
    for (pid_t child : children) {
        int status = -1;
        CHECK(::waitpid(child, &status, 0) == child);
        CHECK(status == 0);
    }
    check_all_are_there(scratch.path());
}

TEST_CASE("eight threads that add keys to a file that none of them finds do not disturb one another") {
    Scratch scratch;
    std::latch start(writers);
    std::array<bool, writers> done{};
    std::vector<std::jthread> threads;
    for (int writer = 0; writer < writers; ++writer)
        threads.emplace_back([&, writer] {
            start.arrive_and_wait();
            done[static_cast<std::size_t>(writer)] = add_keys(scratch.path(), writer);
        });
    threads.clear();
    for (bool one : done) CHECK(one);
    check_all_are_there(scratch.path());
}

TEST_CASE("of eight threads that want the same key one gets it") {
    Scratch scratch;
    std::latch start(writers);
    std::array<int, writers> outcome{};  // 1 made, 2 conflict
    std::vector<std::jthread> threads;
    for (int writer = 0; writer < writers; ++writer)
        threads.emplace_back([&, writer] {
            start.arrive_and_wait();
            Result<Database> db = Database::open(scratch.path(), OpenMode::read_write);
            if (!db) return;
            Result<MadeKey> made = make_key(*db, wanted_key("bob", "laptop"), tester);
            int& mine = outcome[static_cast<std::size_t>(writer)];
            if (made)
                mine = 1;
            else if (made.error().code == ErrorCode::conflict)
                mine = 2;
        });
    threads.clear();
    CHECK(std::count(outcome.begin(), outcome.end(), 1) == 1);
    CHECK(std::count(outcome.begin(), outcome.end(), 2) == writers - 1);
}

TEST_CASE("readers see whole commits while others write and checkpoint") {
    Scratch scratch;
    Database db = open_database(scratch.path());
    must(execute_script(db.handle(), "CREATE TABLE load (body TEXT) STRICT"));
    std::atomic<bool> writing = true;
    std::atomic<bool> whole = true;
    auto write = [&](const std::string& name) {
        Database mine = open_database(scratch.path());
        for (int i = 0; i < 40; ++i) {
            Transaction transaction = must(Transaction::begin(mine.handle()));
            must(execute(mine.handle(), "INSERT INTO load VALUES (hex(zeroblob(100000)))"));
            must(execute(mine.handle(), "INSERT INTO users (name, tier, created_ms) VALUES (?, 'payg', 0)",
                         name + std::to_string(i)));
            must(transaction.commit());
        }
    };
    std::jthread first(write, "a");
    std::jthread second(write, "b");
    std::jthread reader([&] {
        Database mine = open_database(scratch.path(), OpenMode::read_only);
        while (writing)
            if (must(select_integer(
                    mine.handle(), "SELECT (SELECT count(*) FROM users) - (SELECT count(*) FROM load)")) != 0)
                whole = false;
    });
    first.join();
    second.join();
    writing = false;
    reader.join();
    CHECK(whole);
    CHECK(must(select_integer(db.handle(), "SELECT count(*) FROM load")) == 80);
    CHECK(must(select_all(
              db.handle(), [](const Statement& row) { return row.text(0); }, "PRAGMA integrity_check")) ==
          std::vector<std::string>{"ok"});
}

}  // namespace
}  // namespace aihub::db
