#include "shared/db/accounts.hpp"

#include <algorithm>
#include <functional>

#include "shared/db/statement.hpp"
#include "shared/db/usage.hpp"
#include "shared/db/users.hpp"
#include "tests/unit/shared/db/scratch.hpp"

namespace aihub::db {
namespace {

TEST_CASE_METHOD(Store, "the gateway learns of every key that is not revoked") {
    MadeKey live = add_key(db, "bob", "live");
    MadeKey gone = add_key(db, "bob", "gone");
    must(revoke_key(db, gone.key.id, tester));
    std::vector<Account> accounts = must(load_accounts(db));
    REQUIRE(accounts.size() == 1);
    CHECK(accounts[0].hash == crypto::sha256(live.token));
    CHECK(accounts[0].key_id == live.key.id);
    CHECK(accounts[0].hint == live.key.hint);
    CHECK(accounts[0].user == "bob");
    CHECK(accounts[0].tier == "payg");
    CHECK(accounts[0].user_id > 0);
    CHECK(accounts[0].active);
    CHECK_FALSE(accounts[0].admin);
    CHECK(accounts[0].expires_ms == 0);
}

TEST_CASE_METHOD(Store, "an expired key is still told of, so that its holder can be told why") {
    NewKey wanted = wanted_key("bob");
    wanted.expires_ms = 1;
    must(make_key(db, wanted, tester));
    REQUIRE(must(load_accounts(db)).size() == 1);
    CHECK(must(load_accounts(db))[0].expires_ms == 1);
}

TEST_CASE_METHOD(Store, "an admin token and a user of tier admin are admins") {
    NewKey by_token = wanted_key("root");
    by_token.admin = true;
    NewKey by_tier = wanted_key("chief");
    by_tier.tier = "admin";
    CHECK(must(make_key(db, by_token, tester)).token.starts_with("aha_"));
    CHECK(must(make_key(db, by_tier, tester)).token.starts_with("ahk_"));
    add_key(db, "bob");
    std::size_t admins = 0;
    for (const Account& account : must(load_accounts(db))) admins += account.admin;
    CHECK(admins == 2);
}

TEST_CASE_METHOD(Store, "the keys of a user who was switched off say so") {
    add_key(db, "bob");
    must(execute(db.handle(), "UPDATE users SET active = 0"));
    CHECK_FALSE(must(load_accounts(db))[0].active);
}

TEST_CASE_METHOD(Store, "a user of tier admin has no admin rights with a worker's or a delegated key") {
    NewKey own = wanted_key("chief", "own");
    own.tier = "admin";
    std::string parent = must(make_key(db, own, tester)).key.id;
    NewKey worker = wanted_key("chief", "worker");
    worker.worker = true;
    CHECK(must(make_key(db, worker, tester)).token.starts_with("ahw_"));
    NewKey narrower = wanted_key("chief", "narrower");
    narrower.parent = parent;
    must(make_key(db, narrower, tester));
    for (const Account& account : must(load_accounts(db))) {
        CAPTURE(account.key_id);
        CHECK(account.admin == (account.key_id == parent));
        CHECK(account.worker == (account.hint.starts_with("ahw_")));
        CHECK((account.parent_row != 0) == (account.key_id != parent && !account.worker));
    }
}

TEST_CASE_METHOD(Store, "what a user and a key may use reaches the gateway") {
    NewKey wanted = wanted_key("bob");
    wanted.models = {"gemma*", "qwen3:8b"};
    wanted.limits.requests_per_minute = 3;
    wanted.budget_micro = 0;
    MadeKey made = must(make_key(db, wanted, tester));
    UserChange change;
    change.max_concurrent = std::optional<std::int64_t>(2);
    must(change_user(db, made.key.user_id, change, tester));
    Account account = must(load_accounts(db)).at(0);
    CHECK(account.key_row == made.key.row);
    CHECK(account.models == wanted.models);
    CHECK(account.key_limits == wanted.limits);
    CHECK(account.user_limits == Limits{std::nullopt, std::nullopt, 2});
    CHECK(account.budget_micro == 0);
    add_key(db, "amy");
    CHECK(must(load_accounts(db)).at(1).budget_micro == -1);
}

TEST_CASE_METHOD(Store, "every change of users and keys moves the generation, and nothing else does") {
    MadeKey key = add_key(db, "bob");
    std::int64_t user = key.key.user_id;
    std::int64_t seen = must(accounts_generation(db));
    auto moves = [&](const std::function<void()>& act) {
        act();
        std::int64_t now = must(accounts_generation(db));
        return std::exchange(seen, now) != now;
    };
    UserChange off;
    off.active = false;
    UserChange balance;
    balance.balance_micro = 5;
    KeyChange expiry;
    expiry.expires_ms = 99;
    CHECK(moves([&] { add_key(db, "bob", "second"); }));
    CHECK(moves([&] { must(change_user(db, user, off, tester)); }));
    CHECK(moves([&] { must(change_user(db, user, balance, tester)); }));
    CHECK(moves([&] { must(add_balance(db, user, 7, "", tester)); }));
    CHECK(moves([&] { must(change_key(db, "bob/second", expiry, tester)); }));
    CHECK(moves([&] { must(rotate_key(db, "bob/second", 0, tester)); }));
    CHECK(moves([&] { must(revoke_key(db, "bob/second", tester)); }));
    CHECK(moves([&] { must(delete_user(db, user, tester)); }));
    CHECK(moves([&] { must(execute(db.handle(), "DELETE FROM keys WHERE name = 'second'")); }));
    Usage used;
    used.id = 1;
    used.user_id = user;
    used.key_row = key.key.row;
    used.cost_micro = 3;
    used.charged = true;
    CHECK_FALSE(moves([&] { must(write_usage(db, std::span(&used, 1))); }));
    CHECK_FALSE(moves([&] { must(next_writer_number(db)); }));
    CHECK_FALSE(moves([&] { must(add_audit(db, "config.change", "port", "{}", tester)); }));
}

TEST_CASE_METHOD(Store,
                 "the standing tells every balance, and what keys with a budget or a parent have spent") {
    NewKey limited = wanted_key("bob", "limited");
    limited.budget_micro = 100;
    limited.balance_micro = 50;
    MadeKey parent = must(make_key(db, limited, tester));
    NewKey below = wanted_key("bob", "below");
    below.parent = parent.key.id;
    MadeKey child = must(make_key(db, below, tester));
    add_key(db, "amy");
    Usage used;
    used.id = 1;
    used.user_id = parent.key.user_id;
    used.key_row = child.key.row;
    used.cost_micro = 3;
    used.charged = true;
    must(write_usage(db, std::span(&used, 1)));
    Standing standing = must(load_standing(db));
    REQUIRE(standing.users.size() == 2);
    CHECK(standing.users[0].user_id == parent.key.user_id);
    CHECK(standing.users[0].balance_micro == 47);
    CHECK(standing.users[1].balance_micro == 0);
    REQUIRE(standing.keys.size() == 2);
    CHECK(standing.keys[0].key_row == parent.key.row);
    CHECK(standing.keys[0].spent_micro == 3);
    CHECK(standing.keys[1].spent_micro == 3);
}

}  // namespace
}  // namespace aihub::db
