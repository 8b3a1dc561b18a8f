#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <latch>
#include <thread>
#include <vector>

#include "shared/db/statement.hpp"
#include "shared/db/usage.hpp"
#include "shared/db/users.hpp"
#include "tests/unit/shared/db/scratch.hpp"

namespace aihub::db {
namespace {

constexpr std::int64_t opening = 1'000'000;
constexpr int meters = 3;
constexpr int groups = 20;
constexpr int rows_in_group = 25;
constexpr int others = 3;
constexpr int rounds = 10;

std::int64_t cost_of(std::int64_t id) {
    return id % 7;
}

Usage row(std::int64_t id) {
    Usage usage;
    usage.id = id;
    usage.texts = {std::to_string(id), "", id % 2 == 0 ? "even" : "odd", "", ""};
    usage.at_ms = id;
    usage.user_id = 1;
    usage.key_row = 1;
    usage.cost_micro = cost_of(id);
    usage.charged = true;
    return usage;
}

template <typename T>
bool succeeded(const Result<T>& result) {
    if (!result) std::fprintf(stderr, "%s\n", result.error().message.c_str());
    return result.has_value();
}

// As a gateway: groups of rows under ids that no other has, each group a second time as after a crash.
bool meter(const std::string& path) {
    Result<Database> db = Database::open(path, OpenMode::read_write);
    if (!succeeded(db)) return false;
    Result<std::int64_t> number = next_writer_number(*db);
    if (!succeeded(number)) return false;
    for (int group = 0; group < groups; ++group) {
        std::vector<Usage> rows;
        for (int at = 0; at < rows_in_group; ++at)
            rows.push_back(row((group * rows_in_group + at) * 100 + *number));
        if (!succeeded(write_usage(*db, rows)) || !succeeded(write_usage(*db, rows))) return false;
    }
    return true;
}

// As a command line: a connection for each act.
bool administer(const std::string& path, int who) {
    for (int round = 0; round < rounds; ++round) {
        Result<Database> db = Database::open(path, OpenMode::read_write);
        if (!succeeded(db)) return false;
        std::string name = std::to_string(who) + "-" + std::to_string(round);
        if (!succeeded(make_key(*db, wanted_key("bob", name), tester))) return false;
        if (!succeeded(add_balance(*db, 1, 1, name, tester))) return false;
        if (!succeeded(rotate_key(*db, "bob/default", 1, tester))) return false;
    }
    return true;
}

void check_nothing_is_lost(Database& db) {
    User bob = must(find_user(db, "bob"));
    std::int64_t spent = must(select_integer(db.handle(), "SELECT sum(cost_micro) FROM usage")).value_or(-1);
    std::int64_t wanted = 0;
    for (std::int64_t number = 1; number <= meters; ++number)
        for (std::int64_t at = 0; at < groups * rows_in_group; ++at) wanted += cost_of(at * 100 + number);
    CHECK(spent == wanted);
    CHECK(bob.balance_micro == opening + others * rounds - spent);
    CHECK(bob.total_usage == meters * groups * rows_in_group);
    CHECK(bob.key_count == 1 + others * rounds);
    CHECK(must(find_key(db, "bob/default")).spent_micro == spent);
    CHECK(must(list_transactions(db, 1, 1000)).size() == 1 + others * rounds);
    CHECK(must(list_audit(db)).size() == 2 + 3 * others * rounds);
    CHECK(must(select_all(
              db.handle(), [](const Statement& line) { return line.text(0); }, "PRAGMA integrity_check")) ==
          std::vector<std::string>{"ok"});
}

struct Bank : Store {
    Bank() {
        NewKey wanted = wanted_key("bob");
        wanted.balance_micro = opening;
        must(make_key(db, wanted, tester));
    }
};

TEST_CASE_METHOD(Bank, "processes that meter, make keys and add to balances at once lose nothing") {
    int gate[2];
    REQUIRE(::pipe(gate) == 0);
    std::vector<pid_t> children;
    for (int at = 0; at < meters + others; ++at) {
        pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            char byte = 0;
            ::close(gate[1]);
            bool begun = ::read(gate[0], &byte, 1) == 0;  // all begin when the parent closes its end
            bool done = begun && (at < meters ? meter(scratch.path()) : administer(scratch.path(), at));
            ::_exit(done ? 0 : 1);
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
    check_nothing_is_lost(db);
}

TEST_CASE_METHOD(Bank, "threads that meter, make keys and add to balances at once lose nothing") {
    std::latch start(meters + others);
    std::array<bool, meters + others> done{};
    std::vector<std::jthread> threads;
    for (int at = 0; at < meters + others; ++at)
        threads.emplace_back([&, at] {
            start.arrive_and_wait();
            done[static_cast<std::size_t>(at)] =
                at < meters ? meter(scratch.path()) : administer(scratch.path(), at);
        });
    threads.clear();
    for (bool one : done) CHECK(one);
    check_nothing_is_lost(db);
}

}  // namespace
}  // namespace aihub::db
