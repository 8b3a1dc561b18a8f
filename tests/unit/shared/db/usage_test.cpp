#include "shared/db/usage.hpp"

#include "shared/db/statement.hpp"
#include "shared/db/users.hpp"
#include "tests/unit/shared/db/scratch.hpp"

namespace aihub::db {
namespace {

constexpr std::int64_t hour = 3'600'000;
constexpr std::int64_t day = 24 * hour;
constexpr std::int64_t noon = 20'000 * day + 12 * hour;  // 2024-10-04

struct Meter : Store {
    MadeKey key = [this] {
        NewKey wanted = wanted_key("bob");
        wanted.balance_micro = 1'000'000;
        return must(make_key(db, wanted, tester));
    }();
    std::int64_t user = key.key.user_id;

    Usage row(std::int64_t id, std::int64_t cost, std::int64_t at_ms = noon,
              std::string_view model = "gemma3:4b") {
        Usage usage;
        usage.id = id;
        usage.texts = {"req-" + std::to_string(id), "bob", model, "ollama", "/v1/chat/completions"};
        usage.at_ms = at_ms;
        usage.user_id = user;
        usage.key_row = key.key.row;
        usage.status = 200;
        usage.tokens_in = 10;
        usage.tokens_out = 20;
        usage.cost_micro = cost;
        usage.charged = true;
        usage.latency_ms = 100;
        return usage;
    }
    std::int64_t write(const std::vector<Usage>& rows) { return must(write_usage(db, rows)); }
    std::int64_t balance() { return must(find_user(db, "bob")).balance_micro; }
    ApiKey stored_key(const std::string& name = "default") { return must(find_key(db, "bob/" + name)); }
    std::vector<std::string> columns(const std::string& sql) {
        return must(select_all(db.handle(), [](const Statement& one) { return one.text(0); }, sql));
    }
};

TEST_CASE_METHOD(Meter, "a row is stored with everything that was said of it") {
    Usage used = row(7, 42);
    used.audio_ms = 1500;
    used.characters = 12;
    used.estimated = true;
    used.ttft_ms = 0;
    CHECK(write({used, row(8, 1)}) == 2);
    CHECK(
        columns(
            "SELECT id || '|' || request_id || '|' || at_ms || '|' || user_id || '|' || key_id || '|' || "
            "user "
            "|| '|' || model || '|' || service || '|' || path || '|' || status || '|' || tokens_in || '|' || "
            "tokens_out || '|' || audio_ms || '|' || characters || '|' || estimated || '|' || cost_micro || "
            "'|' || charged || '|' || latency_ms || '|' || coalesce(ttft_ms, 'none') FROM usage") ==
        std::vector<std::string>{"7|req-7|1728043200000|1|1|bob|gemma3:4b|ollama|/v1/chat/"
                                 "completions|200|10|20|1500|12|1|42|1|100|0",
                                 "8|req-8|1728043200000|1|1|bob|gemma3:4b|ollama|/v1/chat/"
                                 "completions|200|10|20|0|0|0|1|1|100|none"});
    CHECK(must(newest_usage(db)) == 8);
}

TEST_CASE_METHOD(Meter, "the cost leaves the balance and is added to the key, to the last micro-unit") {
    write({row(1, 3), row(2, 4)});
    CHECK(balance() == 999'993);
    CHECK(stored_key().spent_micro == 7);
    write({row(3, 1'000'000)});
    CHECK(balance() == -7);
}

TEST_CASE_METHOD(Meter, "who does not pay by use is not charged, but the key's budget counts") {
    Usage free_of_charge = row(1, 5);
    free_of_charge.charged = false;
    write({free_of_charge});
    CHECK(balance() == 1'000'000);
    CHECK(stored_key().spent_micro == 5);
    CHECK(must(usage_by_day(db, user, 1, noon)).at(0).cost_micro == 5);
}

TEST_CASE_METHOD(Meter, "rows that are written again change nothing, also inside one call") {
    std::vector<Usage> rows = {row(1, 3), row(2, 4), row(1, 3), row(2, 9)};
    CHECK(write(rows) == 2);
    CHECK(write(rows) == 0);
    rows.push_back(row(3, 5));
    CHECK(write(rows) == 1);
    CHECK(balance() == 1'000'000 - 12);
    CHECK(stored_key().spent_micro == 12);
    CHECK(must(usage_by_day(db, user, 1, noon)).at(0).requests == 3);
    CHECK(write({}) == 0);
}

TEST_CASE_METHOD(Meter, "what no request can have used is cut to what sums can hold") {
    Usage wild = row(1, INT64_MAX);
    wild.tokens_in = INT64_MAX;
    wild.tokens_out = -5;
    Usage again = wild;
    again.id = 2;
    CHECK(write({wild, again}) == 2);
    CHECK(balance() == 1'000'000 - 2 * most_of_a_row);
    UsageDay today = must(usage_by_day(db, user, 1, noon)).at(0);
    CHECK(today.tokens_in == 2 * most_of_a_row);
    CHECK(today.tokens_out == 0);
}

TEST_CASE_METHOD(Meter, "last use is the latest, whatever the order") {
    write({row(1, 0, noon + 50), row(2, 0, noon)});
    CHECK(stored_key().last_used_ms == noon + 50);
    write({row(3, 0, noon + 20)});
    CHECK(stored_key().last_used_ms == noon + 50);
    write({row(4, 0, noon + 60)});
    CHECK(stored_key().last_used_ms == noon + 60);
}

TEST_CASE_METHOD(Meter, "what a delegated key costs is added to all above it, but is their use of nothing") {
    std::string parent = key.key.id;
    std::int64_t deepest = 0;
    for (int level = 1; level <= deepest_delegation; ++level) {
        NewKey below = wanted_key("bob", "level " + std::to_string(level));
        below.parent = parent;
        MadeKey made = must(make_key(db, below, tester));
        parent = made.key.id;
        deepest = made.key.row;
    }
    Usage by_deepest = row(1, 5);
    by_deepest.key_row = deepest;
    write({by_deepest, row(2, 1)});
    CHECK(stored_key().spent_micro == 6);
    CHECK(stored_key("level 1").spent_micro == 5);
    CHECK(stored_key("level 1").last_used_ms == 0);
    CHECK(stored_key("level 4").spent_micro == 5);
    CHECK(stored_key("level 4").last_used_ms == noon);
    CHECK(balance() == 1'000'000 - 6);
}

TEST_CASE_METHOD(Meter,
                 "users and keys of the settings have no row to charge, and are counted all the same") {
    Usage used = row(1, 5);
    used.user_id = 0;
    used.key_row = 0;
    CHECK(write({used}) == 1);
    CHECK(must(usage_by_day(db, 0, 1, noon)).at(0).requests == 1);
    CHECK(balance() == 1'000'000);
}

TEST_CASE_METHOD(Meter, "days are UTC, newest first, and as many as were asked for") {
    std::int64_t midnight = noon - 12 * hour;
    write({row(1, 1, midnight - 1), row(2, 2, midnight), row(3, 4, midnight + day - 1),
           row(4, 8, midnight - 2 * day)});
    std::vector<UsageDay> days = must(usage_by_day(db, user, 2, noon));
    REQUIRE(days.size() == 2);
    CHECK(days[0].date == "2024-10-04");
    CHECK(days[0].requests == 2);
    CHECK(days[0].tokens_in == 20);
    CHECK(days[0].tokens_out == 40);
    CHECK(days[0].cost_micro == 6);
    CHECK(days[0].latency_ms_sum == 200);
    CHECK(days[1].date == "2024-10-03");
    CHECK(days[1].cost_micro == 1);
    CHECK(must(usage_by_day(db, user, 3, noon)).size() == 3);
    CHECK(must(usage_by_day(db, user + 1, 3, noon)).empty());
}

TEST_CASE_METHOD(Meter, "a day can be told of one key") {
    Usage other = row(2, 7);
    other.key_row = add_key(db, "bob", "second").key.row;
    write({row(1, 1), other});
    CHECK(must(usage_by_day(db, user, 1, noon)).at(0).cost_micro == 8);
    CHECK(must(usage_by_day(db, user, 1, noon, other.key_row)).at(0).cost_micro == 7);
}

TEST_CASE_METHOD(Meter, "of many rows at once those that are there already cost nothing") {
    std::vector<Usage> rows;
    for (std::int64_t id = 1; id <= 100; ++id) rows.push_back(row(id, id));
    std::int64_t opening = balance();
    CHECK(write({row(20, 20), row(50, 50), row(51, 51)}) == 3);
    CHECK(write(rows) == 97);
    CHECK(write(rows) == 0);
    CHECK(balance() == opening - 100 * 101 / 2);
    CHECK(columns("SELECT count(*) FROM usage") == std::vector<std::string>{"100"});
    rows.insert(rows.begin(), row(101, 1));
    rows.push_back(row(101, 1));  // twice in one group
    CHECK(write(rows) == 1);
    CHECK(balance() == opening - 100 * 101 / 2 - 1);
}

TEST_CASE_METHOD(Meter, "models are told apart, the dearest first") {
    Usage dear = row(2, 90, noon, "llama3:70b");
    write({row(1, 1), dear, row(3, 1)});
    std::vector<UsageByModel> models = must(usage_by_model(db, user, 1, noon));
    REQUIRE(models.size() == 2);
    CHECK(models[0].model == "llama3:70b");
    CHECK(models[0].cost_micro == 90);
    CHECK(models[1].requests == 2);
    CHECK(models[1].tokens_in == 20);
    CHECK(models[1].tokens_out == 40);
}

TEST_CASE_METHOD(Meter, "a summary begins with the full hour and can be of one user") {
    Usage stranger = row(3, 9);
    stranger.user_id = add_key(db, "amy").key.user_id;
    write({row(1, 1, noon - 1), row(2, 2), stranger});
    UsageSummary all = must(usage_since(db, noon + 59));
    CHECK(all.requests == 2);
    CHECK(all.tokens == 60);
    CHECK(all.cost_micro == 11);
    CHECK(all.latency_ms_sum == 200);
    CHECK(all.new_users == 2);
    CHECK(must(usage_since(db, noon, user)).cost_micro == 2);
    CHECK(must(usage_since(db, noon - 1)).requests == 3);
    CHECK(must(usage_since(db, noon + hour)).requests == 0);
    CHECK(must(usage_since(db, INT64_MAX)).new_users == 0);
}

TEST_CASE_METHOD(Meter, "every writer gets a number of its own") {
    CHECK(must(next_writer_number(db)) == 1);
    Database other = open_database(scratch.path());
    CHECK(must(next_writer_number(other)) == 2);
    CHECK(must(next_writer_number(db)) == 3);
    CHECK(must(newest_usage(db)) == 0);
}

TEST_CASE_METHOD(Meter, "of a group that cannot be written nothing is written") {
    must(execute_script(db.handle(),
                        "CREATE TRIGGER stop BEFORE INSERT ON usage WHEN NEW.id = 2 "
                        "BEGIN SELECT raise(ABORT, 'stop'); END"));
    CHECK(code_of(write_usage(db, std::vector<Usage>{row(1, 1), row(2, 1), row(3, 1)})) == ErrorCode::io);
    CHECK(must(newest_usage(db)) == 0);
    CHECK(balance() == 1'000'000);
    must(execute_script(db.handle(), "DROP TRIGGER stop"));
    CHECK(write({row(1, 1), row(2, 1), row(3, 1)}) == 3);
    CHECK(balance() == 999'997);
}

}  // namespace
}  // namespace aihub::db
