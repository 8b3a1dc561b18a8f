#include "shared/db/users.hpp"

#include "shared/db/accounts.hpp"
#include "shared/db/statement.hpp"
#include "shared/db/usage.hpp"
#include "tests/unit/shared/db/scratch.hpp"

namespace aihub::db {
namespace {

NewUser named(const std::string& name, const std::string& email = {}) {
    NewUser user;
    user.name = name;
    user.email = email;
    return user;
}

TEST_CASE_METHOD(Store, "users come in pages, the newest first") {
    for (const char* name : {"amy", "bob", "zoe"}) must(add_user(db, named(name), tester));
    std::vector<User> first = must(list_users(db, Page{0, 2}));
    REQUIRE(first.size() == 2);
    CHECK(first[0].name == "zoe");
    std::vector<User> rest = must(list_users(db, Page{first[1].id, -1}));
    REQUIRE(rest.size() == 1);
    CHECK(rest[0].name == "amy");
    CHECK(must(find_user_by_id(db, rest[0].id)).name == "amy");
    CHECK(code_of(find_user_by_id(db, 4711)) == ErrorCode::not_found);
}

TEST_CASE_METHOD(Store, "a new user is what was asked for, and is found by name, address and number") {
    NewUser wanted = named("bob", "Bob@example.org");
    wanted.tier = "sub";
    wanted.balance_micro = 12'500'000;
    wanted.limits.tokens_per_minute = 9;
    User made = must(add_user(db, wanted, tester));
    for (const std::string& who :
         {std::string("bob"), std::string("bob@EXAMPLE.org"), std::to_string(made.id)}) {
        CAPTURE(who);
        User found = must(find_user(db, who));
        CHECK(found.id == made.id);
        CHECK(found.name == "bob");
        CHECK(found.email == "Bob@example.org");
        CHECK(found.tier == "sub");
        CHECK(found.balance_micro == 12'500'000);
        CHECK(found.limits == wanted.limits);
        CHECK(found.active);
        CHECK(found.key_count == 0);
    }
    CHECK(code_of(find_user(db, "amy")) == ErrorCode::not_found);
    CHECK(code_of(find_user(db, "")) == ErrorCode::not_found);
}

TEST_CASE_METHOD(Store, "a name goes before an address, and that before a number") {
    User bob = must(add_user(db, named("bob"), tester));
    User number = must(add_user(db, named(std::to_string(bob.id)), tester));
    CHECK(must(find_user(db, std::to_string(bob.id))).id == number.id);
}

TEST_CASE_METHOD(Store, "a user without a name is called by the e-mail address") {
    CHECK(must(add_user(db, named("", "amy@example.org"), tester)).name == "amy@example.org");
    CHECK(code_of(add_user(db, named("", ""), tester)) == ErrorCode::invalid_input);
}

TEST_CASE_METHOD(Store, "no two users share a name or an address") {
    must(add_user(db, named("bob", "bob@example.org"), tester));
    CHECK(code_of(add_user(db, named("bob"), tester)) == ErrorCode::conflict);
    CHECK(code_of(add_user(db, named("rob", "BOB@example.org"), tester)) == ErrorCode::conflict);
    CHECK(code_of(add_user(db, named("bob@example.org"), tester)) == ErrorCode::conflict);
    User amy = must(add_user(db, named("amy"), tester));
    UserChange change;
    change.email = "bob@example.org";
    CHECK(code_of(change_user(db, amy.id, change, tester)) == ErrorCode::conflict);
    change.email = "amy@example.org";
    must(change_user(db, amy.id, change, tester));
    CHECK(must(change_user(db, amy.id, change, tester)).email == "amy@example.org");
    CHECK(must(list_users(db)).size() == 2);
}

TEST_CASE_METHOD(Store, "what no user can be called, pay or use is refused, and nothing is stored") {
    for (const char* bad : {"@", "a@", "@b", "plain", "a b@c", "a@b\n"}) {
        CAPTURE(bad);
        CHECK(code_of(add_user(db, named("bob", bad), tester)) == ErrorCode::invalid_input);
    }
    CHECK(code_of(add_user(db, named("a/b"), tester)) == ErrorCode::invalid_input);
    NewUser limited = named("bob");
    limited.limits.max_concurrent = -1;
    CHECK(code_of(add_user(db, limited, tester)) == ErrorCode::invalid_input);
    NewUser rich = named("bob");
    rich.balance_micro = largest_balance + 1;
    CHECK(code_of(add_user(db, rich, tester)) == ErrorCode::invalid_input);
    NewUser odd = named("bob");
    odd.tier = "Gold!";
    CHECK(code_of(add_user(db, odd, tester)) == ErrorCode::invalid_input);
    CHECK(must(list_users(db)).empty());
    CHECK(must(list_audit(db)).empty());
}

TEST_CASE_METHOD(Store, "a change touches what it names and nothing else") {
    NewUser wanted = named("bob", "bob@example.org");
    wanted.limits = {1, 2, 3};
    User bob = must(add_user(db, wanted, tester));
    UserChange change;
    change.tier = "sub";
    change.tokens_per_minute = std::optional<std::int64_t>();
    change.max_concurrent = std::optional<std::int64_t>(0);
    User after = must(change_user(db, bob.id, change, tester));
    CHECK(after.tier == "sub");
    CHECK(after.email == "bob@example.org");
    CHECK(after.limits == Limits{1, std::nullopt, 0});
    CHECK(must(find_user(db, "bob")).limits == after.limits);
    CHECK(must(list_audit(db)).front().detail ==
          R"({"tier":["payg","sub"],"tokens_per_minute":[2,null],"max_concurrent":[3,0]})");
    CHECK(code_of(change_user(db, 4711, change, tester)) == ErrorCode::not_found);
}

TEST_CASE_METHOD(Store, "a change that changes nothing leaves no trace") {
    User bob = must(add_user(db, named("bob"), tester));
    UserChange same;
    same.active = true;
    same.email = "";
    must(change_user(db, bob.id, same, tester));
    CHECK(actions(db) == "user.add bob;");
}

TEST_CASE_METHOD(Store, "an address can be taken away") {
    User bob = must(add_user(db, named("bob", "bob@example.org"), tester));
    UserChange change;
    change.email = "";
    CHECK(must(change_user(db, bob.id, change, tester)).email.empty());
    must(add_user(db, named("rob", "bob@example.org"), tester));
}

TEST_CASE_METHOD(Store, "the account book has a row for every balance that was set or added to") {
    NewUser wanted = named("bob");
    wanted.balance_micro = 10;
    User bob = must(add_user(db, wanted, tester));
    UserChange change;
    change.balance_micro = 500;
    CHECK(must(change_user(db, bob.id, change, tester)).balance_micro == 500);
    CHECK(must(add_balance(db, bob.id, 30, "gift", tester)).balance_micro == 530);
    CHECK(must(add_balance(db, bob.id, -600, "correction", tester)).balance_micro == -70);
    std::vector<BalanceChange> book = must(list_transactions(db, bob.id));
    REQUIRE(book.size() == 4);
    CHECK(book[0].amount_micro == -600);
    CHECK(book[0].type == "credit");
    CHECK(book[0].note == "correction");
    CHECK(book[2].amount_micro == 500);
    CHECK(book[2].type == "admin_topup");
    CHECK(book[2].note == "Admin balance update");
    CHECK(book[3].amount_micro == 10);
    CHECK(must(list_transactions(db, bob.id, 2)).size() == 2);
    CHECK(must(list_transactions(db, bob.id + 1)).empty());
    CHECK(actions(db) == "user.balance bob;user.balance bob;user.balance bob;user.add bob;");
}

TEST_CASE_METHOD(Store, "no sum leaves what a balance can be") {
    User bob = must(add_user(db, named("bob"), tester));
    must(add_balance(db, bob.id, largest_balance, "", tester));
    for (std::int64_t amount : {std::int64_t{1}, INT64_MAX, INT64_MIN}) {
        CAPTURE(amount);
        CHECK(code_of(add_balance(db, bob.id, amount, "", tester)) == ErrorCode::invalid_input);
    }
    CHECK(must(find_user(db, "bob")).balance_micro == largest_balance);
    CHECK(must(list_transactions(db, bob.id)).size() == 1);
}

TEST_CASE_METHOD(Store, "a deleted user's keys are revoked, name and address are free, what was used stays") {
    MadeKey key = add_key(db, "bob", "laptop");
    UserChange change;
    change.email = "bob@example.org";
    must(change_user(db, key.key.user_id, change, tester));
    Usage used;
    used.id = 1;
    used.user_id = key.key.user_id;
    used.texts = {"", "bob", "", "", ""};
    must(write_usage(db, std::span(&used, 1)));
    CHECK(must(delete_user(db, key.key.user_id, tester)).name == "bob");
    CHECK(must(load_accounts(db)).empty());
    CHECK_FALSE(must(has_user(db, "bob")));
    CHECK(must(list_users(db)).empty());
    CHECK(code_of(find_user(db, "bob@example.org")) == ErrorCode::not_found);
    CHECK(code_of(find_user(db, std::to_string(key.key.user_id))) == ErrorCode::not_found);
    CHECK(code_of(delete_user(db, key.key.user_id, tester)) == ErrorCode::not_found);
    CHECK(must(usage_by_day(db, key.key.user_id, 30000, 1'800'000'000'000)).size() == 1);
    User second = must(add_user(db, named("bob", "bob@example.org"), tester));
    CHECK(second.id != key.key.user_id);
    CHECK(second.total_usage == 0);
    CHECK(must(list_keys(db, of_user("", true))).front().user ==
          "bob/deleted-" + std::to_string(key.key.user_id));
    must(delete_user(db, second.id, tester));
}

TEST_CASE_METHOD(Store, "users are listed newest first, with their live keys and requests counted") {
    MadeKey bob = add_key(db, "bob", "a");
    add_key(db, "bob", "b");
    must(revoke_key(db, "bob/b", tester));
    add_key(db, "amy");
    must(execute(db.handle(), "UPDATE users SET created_ms = created_ms + 1 WHERE name = 'amy'"));
    std::vector<Usage> used(3);
    for (std::size_t at = 0; at < used.size(); ++at) {
        used[at].id = static_cast<std::int64_t>(at) + 1;
        used[at].user_id = bob.key.user_id;
    }
    must(write_usage(db, used));
    std::vector<User> users = must(list_users(db));
    REQUIRE(users.size() == 2);
    CHECK(users[0].name == "amy");
    CHECK(users[1].key_count == 1);
    CHECK(users[1].total_usage == 3);
}

}  // namespace
}  // namespace aihub::db
