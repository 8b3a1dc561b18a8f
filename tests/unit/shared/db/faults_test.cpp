
#include "shared/db/signups.hpp"
#include "shared/db/statement.hpp"
#include "shared/db/transaction.hpp"
#include "shared/db/usage.hpp"
#include "shared/db/users.hpp"
#include "tests/unit/shared/db/scratch.hpp"

namespace aihub::db {
namespace {

Usage row(std::int64_t id, std::size_t size = 10) {
    Usage usage;
    usage.id = id;
    usage.texts = {std::string(size, 'r'), "", "", "", ""};
    usage.user_id = 1;
    usage.key_row = 1;
    usage.cost_micro = 1;
    usage.charged = true;
    return usage;
}

// Whoever waits for a lock gives up at once.
void be_impatient(Database& db) {
    must(execute(db.handle(), "PRAGMA busy_timeout = 0"));
}

TEST_CASE_METHOD(Store,
                 "while another process writes, every change waits, then says that the file is locked") {
    MadeKey bob = add_key(db, "bob");
    Signup signup = must(add_signup(db, "amy@example.org", "payg", ""));
    Database other = open_database(scratch.path());
    Transaction writing = must(Transaction::begin(other.handle()));
    be_impatient(db);
    UserChange change;
    change.active = false;
    Usage used = row(1);
    CHECK(code_of(make_key(db, wanted_key("amy"), tester)) == ErrorCode::busy);
    CHECK(code_of(revoke_key(db, bob.key.id, tester)) == ErrorCode::busy);
    CHECK(code_of(rotate_key(db, bob.key.id, 0, tester)) == ErrorCode::busy);
    CHECK(code_of(change_key(db, bob.key.id, {}, tester)) == ErrorCode::busy);
    CHECK(code_of(import_keys(db, {}, tester)) == ErrorCode::busy);
    CHECK(code_of(change_user(db, 1, change, tester)) == ErrorCode::busy);
    CHECK(code_of(add_balance(db, 1, 1, "", tester)) == ErrorCode::busy);
    CHECK(code_of(delete_user(db, 1, tester)) == ErrorCode::busy);
    CHECK(code_of(approve_signup(db, signup.id, tester)) == ErrorCode::busy);
    CHECK(code_of(reject_signup(db, signup.id, tester)) == ErrorCode::busy);
    CHECK(code_of(next_writer_number(db)) == ErrorCode::busy);
    CHECK(code_of(add_audit(db, "a", "b", "{}", tester)) == ErrorCode::busy);
    CHECK(code_of(write_usage(db, std::span(&used, 1))) == ErrorCode::busy);
    CHECK(must(list_keys(db)).size() == 1);  // readers do not wait
    must(writing.commit());
    CHECK(must(write_usage(db, std::span(&used, 1))) == 1);
}

TEST_CASE_METHOD(Store, "a full disk refuses a group of usage whole, and takes it when there is room") {
    add_key(db, "bob");
    std::int64_t pages = must(select_integer(db.handle(), "PRAGMA page_count")).value_or(0);
    must(select_integer(db.handle(), "PRAGMA max_page_count = " + std::to_string(pages + 2)));
    std::vector<Usage> rows;
    for (std::int64_t id = 1; id <= 20; ++id) rows.push_back(row(id, 4000));
    Result<std::int64_t> written = write_usage(db, rows);
    REQUIRE_FALSE(written);
    CHECK(written.error().message == "cannot write " + db.path() + ": the disk is full");
    CHECK(must(newest_usage(db)) == 0);
    CHECK(must(find_user(db, "bob")).balance_micro == 0);
    must(select_integer(db.handle(), "PRAGMA max_page_count = " + std::to_string(pages + 1000)));
    CHECK(must(write_usage(db, rows)) == 20);
    CHECK(must(find_user(db, "bob")).balance_micro == -20);
}

TEST_CASE_METHOD(Store, "a connection that only reads changes nothing and says why") {
    add_key(db, "bob");
    Database reader = open_database(scratch.path(), OpenMode::read_only);
    Usage used = row(1);
    Result<std::int64_t> written = write_usage(reader, std::span(&used, 1));
    CHECK(code_of(written) == ErrorCode::io);
    CHECK(written.error().message == "cannot write " + db.path() + ": it is read-only");
    CHECK(code_of(add_balance(reader, 1, 1, "", tester)) == ErrorCode::io);
    CHECK(must(find_user(reader, "bob")).balance_micro == 0);
}

TEST_CASE_METHOD(Store, "what was committed and not yet copied into the file is there after a crash") {
    add_key(db, "bob");
    std::vector<Usage> rows = {row(1), row(2)};
    must(write_usage(db, rows));
    // The files as a process that was killed leaves them.
    std::string copy = scratch.path("copy.db");
    for (const char* end : {"", "-wal"}) std::filesystem::copy_file(scratch.path() + end, copy + end);
    Database recovered = open_database(copy);
    CHECK(must(newest_usage(recovered)) == 2);
    CHECK(must(find_user(recovered, "bob")).balance_micro == -2);
    CHECK(must(write_usage(recovered, rows)) == 0);
    CHECK(must(find_user(recovered, "bob")).balance_micro == -2);
}

TEST_CASE_METHOD(Store, "a commit that was cut short leaves neither rows nor charges") {
    add_key(db, "bob");
    std::vector<Usage> first = {row(1)};
    must(write_usage(db, first));
    auto whole = std::filesystem::file_size(scratch.path() + "-wal");
    std::vector<Usage> second = {row(2), row(3)};
    must(write_usage(db, second));
    std::string copy = scratch.path("copy.db");
    for (const char* end : {"", "-wal"}) std::filesystem::copy_file(scratch.path() + end, copy + end);
    auto longer = std::filesystem::file_size(copy + "-wal");
    REQUIRE(longer > whole);
    std::filesystem::resize_file(copy + "-wal", longer - 1);
    Database recovered = open_database(copy);
    CHECK(must(newest_usage(recovered)) == 1);
    CHECK(must(find_user(recovered, "bob")).balance_micro == -1);
    CHECK(must(write_usage(recovered, second)) == 2);
    CHECK(must(find_user(recovered, "bob")).balance_micro == -3);
}

}  // namespace
}  // namespace aihub::db
