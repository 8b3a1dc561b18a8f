#include "tools/aihub-serve/jobs/usage_writer.hpp"

#include <chrono>
#include <condition_variable>
#include <thread>

#include "shared/db/statement.hpp"
#include "tests/unit/tools/aihub-serve/jobs/usage_fixture.hpp"
#include "tools/aihub-serve/accounts/tariff.hpp"

namespace aihub::serve {
namespace {

using namespace std::chrono_literals;

// The writer works on a thread of its own: what is expected of it is waited for, up to a limit that only a
// failure reaches.
template <typename Condition>
bool comes_true(Condition condition) {
    for (auto end = std::chrono::steady_clock::now() + 20s; std::chrono::steady_clock::now() < end;) {
        if (condition()) return true;
        std::this_thread::sleep_for(5ms);
    }
    return false;
}

class WriterFixture : public UsageFixture {
public:
    WriterFixture() {
        account.user_id = key.user_id;
        account.key_row = key.row;
        account.user = "bob";
        account.tier = "payg";
        account.budget_micro = opening;
    }

    // As a gateway that starts.
    UsageWriter& start() {
        UsageBooks books(scratch.path(), writer, ledger);
        db::must(books.read_standing());
        hold =
            std::make_unique<UsageHold>(path("usage-pending.ndjson"), spool_limit, trouble, logger,
                                        [this](std::span<const db::Usage> rows) { let_go += rows.size(); });
        usage = std::make_unique<UsageWriter>(std::move(books), *hold);
        terms = ledger.terms_of(account, tariff);
        usage->start();
        return *usage;
    }
    // What the pipeline does with a request's usage.
    void use(std::vector<db::Usage> rows) {
        for (const db::Usage& row : rows) terms.state->owe(terms.key_state, row.cost_micro, row.charged);
        usage->add(std::move(rows));
    }
    std::int64_t known_balance() { return terms.state->balance_micro(); }
    std::size_t stored() { return stored_ids().size(); }
    bool is_told_of(const std::string& words) {
        return comes_true([&] { return trouble.get().reason.find(words) != std::string::npos; });
    }
    bool is_well() {
        return comes_true([&] { return trouble.get().reason.empty(); });
    }

    std::uint64_t spool_limit = 1'000'000;
    db::Account account;
    Tariff tariff{db::must(config::load({}, config::Surroundings()))};
    Ledger ledger;
    Terms terms;
    UsageTrouble trouble;
    log::Logger logger{log::Level::critical};
    std::atomic<std::size_t> let_go = 0;
    std::unique_ptr<UsageHold> hold;
    std::unique_ptr<UsageWriter> usage;
};

// Holds the database as another program would.
class Locked {
public:
    explicit Locked(const std::string& path) : database(db::open_database(path)) {
        db::must(db::execute(database.handle(), "BEGIN IMMEDIATE"));
    }
    ~Locked() { db::must(db::execute(database.handle(), "ROLLBACK")); }

private:
    db::Database database;
};

TEST_CASE("usage is written and paid from the balance, and what the ledger knows does not change by it") {
    WriterFixture fixture;
    fixture.start();
    fixture.use(fixture.given_rows(100));
    CHECK(fixture.known_balance() == UsageFixture::opening - 500);
    REQUIRE(comes_true([&] { return fixture.stored() == 100; }));
    CHECK(fixture.balance() == UsageFixture::opening - 500);
    fixture.usage->refresh_standing();
    CHECK(fixture.known_balance() == UsageFixture::opening - 500);
    CHECK(comes_true([&] { return fixture.let_go == 100; }));
}

TEST_CASE("what is handed over at the last moment is written before the end") {
    WriterFixture fixture;
    fixture.start();
    fixture.use(fixture.given_rows(5000));
    fixture.usage->stop();
    CHECK(fixture.stored() == 5000);
    CHECK(fixture.balance() == UsageFixture::opening - 25'000);
}

TEST_CASE("a new balance reaches the ledger, without what is still owed being forgotten") {
    WriterFixture fixture;
    fixture.start();
    fixture.use(fixture.given_rows(2));
    db::must(db::add_balance(fixture.database, fixture.key.user_id, 1000, "test", {"test", "test"}));
    fixture.usage->refresh_standing();
    CHECK(fixture.known_balance() == UsageFixture::opening + 990);
    REQUIRE(comes_true([&] { return fixture.stored() == 2; }));
    CHECK(fixture.balance() == UsageFixture::opening + 990);
}

TEST_CASE("while another program locks the database, usage waits on disk, and is written when it lets go") {
    WriterFixture fixture;
    fixture.start();
    {
        Locked locked(fixture.scratch.path());
        fixture.use(fixture.given_rows(10));
        REQUIRE(fixture.is_told_of("locked"));
        REQUIRE(comes_true([&] { return fixture.trouble.get().spooled_bytes > 0; }));
        fixture.use(fixture.given_rows(10));
        CHECK(fixture.known_balance() == UsageFixture::opening - 100);
        CHECK(fixture.stored() == 0);
    }
    REQUIRE(comes_true([&] { return fixture.stored() == 20; }));
    CHECK(fixture.is_well());
    CHECK(fixture.balance() == UsageFixture::opening - 100);
    CHECK(fixture.known_balance() == UsageFixture::opening - 100);
    CHECK_FALSE(std::filesystem::exists(fixture.path("usage-pending.ndjson")));
}

TEST_CASE("a gateway that ends while the database is locked leaves usage on disk for the next one") {
    WriterFixture fixture;
    fixture.start();
    {
        Locked locked(fixture.scratch.path());
        fixture.use(fixture.given_rows(10));
        fixture.usage->stop();
        CHECK(fixture.stored() == 0);
    }
    CHECK(UsageSpool(fixture.path("usage-pending.ndjson")).size() > 0);
    fixture.start();
    REQUIRE(comes_true([&] { return fixture.stored() == 10; }));
    CHECK(fixture.balance() == UsageFixture::opening - 50);
}

TEST_CASE("the next process learns what rows of the one before it have cost") {
    WriterFixture fixture;
    {
        std::vector<db::Usage> rows = fixture.given_rows(4);
        UsageSpool spool(fixture.path("usage-pending.ndjson"));
        db::must(spool.add(rows, fixture.spool_limit));
    }
    fixture.ids = UsageIds(UsageFixture::writer + 1, 0);
    UsageBooks books(fixture.scratch.path(), UsageFixture::writer + 1, fixture.ledger);
    db::must(books.read_standing());
    UsageHold hold(fixture.path("usage-pending.ndjson"), fixture.spool_limit, fixture.trouble,
                   fixture.logger);
    UsageWriter next(std::move(books), hold);
    Terms terms = fixture.ledger.terms_of(fixture.account, fixture.tariff);
    CHECK(terms.state->balance_micro() == UsageFixture::opening);
    next.start();
    CHECK(comes_true([&] { return terms.state->balance_micro() == UsageFixture::opening - 20; }));
    CHECK(fixture.balance() == UsageFixture::opening - 20);
}

TEST_CASE("a database that is gone is waited for, and never made anew") {
    WriterFixture fixture;
    fixture.start();
    fixture.use(fixture.given_rows(1));
    REQUIRE(comes_true([&] { return fixture.stored() == 1; }));
    std::string path = fixture.scratch.path();
    std::filesystem::rename(path, path + ".away");
    fixture.use(fixture.given_rows(9));
    REQUIRE(fixture.is_told_of("gone"));
    REQUIRE(comes_true([&] { return fixture.trouble.get().spooled_bytes > 0; }));
    CHECK_FALSE(std::filesystem::exists(path));
    std::filesystem::rename(path + ".away", path);
    REQUIRE(comes_true([&] { return fixture.stored() == 10; }));
    CHECK(fixture.is_well());
    CHECK(fixture.balance() == UsageFixture::opening - 50);
}

TEST_CASE("usage goes into a database that was put in the place of another") {
    WriterFixture fixture;
    std::string path = fixture.scratch.path();
    db::must(db::execute(fixture.database.handle(), "VACUUM INTO '" + path + ".copy'"));
    fixture.start();
    fixture.use(fixture.given_rows(1));
    REQUIRE(comes_true([&] { return fixture.stored() == 1; }));
    for (const char* part : {"", "-wal", "-shm"}) std::filesystem::remove(path + part);
    std::filesystem::rename(path + ".copy", path);
    fixture.use(fixture.given_rows(3));
    fixture.database = db::open_database(path);
    CHECK(comes_true([&] { return fixture.stored() == 3; }));
}

TEST_CASE("a database that refuses rows is tried again, and says why meanwhile") {
    WriterFixture fixture;
    fixture.start();
    db::must(
        db::execute(fixture.database.handle(),
                    "CREATE TRIGGER full BEFORE INSERT ON usage BEGIN SELECT RAISE(ABORT, 'no room'); END"));
    fixture.use(fixture.given_rows(3));
    REQUIRE(fixture.is_told_of("no room"));
    CHECK(comes_true([&] { return fixture.trouble.get().spooled_bytes > 0; }));
    db::must(db::execute(fixture.database.handle(), "DROP TRIGGER full"));
    CHECK(comes_true([&] { return fixture.stored() == 3; }));
    CHECK(fixture.is_well());
}

TEST_CASE("what finds no room in memory and on disk is counted, and the rest is written") {
    WriterFixture fixture;
    fixture.spool_limit = 10'000;
    fixture.start();
    {
        Locked locked(fixture.scratch.path());
        fixture.use(fixture.given_rows(100));
        REQUIRE(fixture.is_told_of("locked"));
        fixture.use(fixture.given_rows(25'000));
        REQUIRE(comes_true([&] { return fixture.trouble.get().lost > 0; }));
        CHECK(std::filesystem::file_size(fixture.path("usage-pending.ndjson")) <= 10'000);
    }
    REQUIRE(comes_true([&] { return fixture.is_well() && fixture.trouble.get().held == 0; }));
    fixture.usage->stop();
    CHECK(fixture.stored() + static_cast<std::size_t>(fixture.trouble.get().lost) == 25'100);
}

}  // namespace
}  // namespace aihub::serve
