#include <functional>

#include "shared/base/clock.hpp"
#include "shared/crypto/tokens.hpp"
#include "shared/db/accounts.hpp"
#include "shared/db/statement.hpp"
#include "shared/db/users.hpp"
#include "tests/unit/shared/db/scratch.hpp"

namespace aihub::db {
namespace {

TEST_CASE_METHOD(Store, "a rotated key has a new token and is otherwise the same") {
    NewKey wanted = wanted_key("bob", "laptop");
    wanted.models = {"gemma*"};
    wanted.admin = true;
    MadeKey made = must(make_key(db, wanted, tester));
    MadeKey rotated = must(rotate_key(db, "bob/laptop", 9000, tester));
    CHECK(rotated.token != made.token);
    CHECK(rotated.token.starts_with("aha_"));
    CHECK(rotated.key.id == made.key.id);
    ApiKey stored = must(find_key(db, made.key.id));
    CHECK(stored.row == made.key.row);
    CHECK(stored.name == "laptop");
    CHECK(stored.models == wanted.models);
    CHECK(stored.hint == crypto::token_hint(rotated.token));
    CHECK(stored.previous_hint == crypto::token_hint(made.token));
    CHECK(stored.previous_until_ms == 9000);
    CHECK(actions(db) == "key.rotate bob/laptop;key.add bob/laptop;user.add bob;");
}

TEST_CASE_METHOD(Store, "the gateway learns of both tokens, the old one with the end of the grace") {
    MadeKey made = add_key(db, "bob");
    MadeKey rotated = must(rotate_key(db, made.key.id, 9000, tester));
    std::vector<Account> accounts = must(load_accounts(db));
    REQUIRE(accounts.size() == 2);
    CHECK(accounts[0].hash == crypto::sha256(rotated.token));
    CHECK(accounts[0].expires_ms == 0);
    CHECK(accounts[1].hash == crypto::sha256(made.token));
    CHECK(accounts[1].hint == crypto::token_hint(made.token));
    CHECK(accounts[1].expires_ms == 9000);
    CHECK(accounts[1].key_row == accounts[0].key_row);
}

TEST_CASE_METHOD(Store, "the old token does not outlive the key") {
    NewKey wanted = wanted_key("bob");
    wanted.expires_ms = 8000;
    MadeKey made = must(make_key(db, wanted, tester));
    must(rotate_key(db, made.key.id, 9000, tester));
    CHECK(must(load_accounts(db)).at(1).expires_ms == 8000);
    CHECK(must(find_token(db, crypto::sha256(made.token))).expires_ms == 8000);
}

TEST_CASE_METHOD(Store, "without grace the old token is nobody's, and only the last one is kept") {
    MadeKey made = add_key(db, "bob");
    MadeKey second = must(rotate_key(db, made.key.id, 9000, tester));
    MadeKey third = must(rotate_key(db, made.key.id, 9000, tester));
    CHECK(must(load_accounts(db)).size() == 2);
    CHECK(code_of(find_token(db, crypto::sha256(made.token))) == ErrorCode::not_found);
    CHECK(must(find_token(db, crypto::sha256(second.token))).previous);
    must(rotate_key(db, made.key.id, 0, tester));
    CHECK(must(load_accounts(db)).size() == 1);
    CHECK(code_of(find_token(db, crypto::sha256(third.token))) == ErrorCode::not_found);
    CHECK(must(find_key(db, made.key.id)).previous_hint.empty());
}

TEST_CASE_METHOD(Store, "a token is known with its key, revoked or expired or not") {
    NewKey wanted = wanted_key("bob");
    wanted.expires_ms = 77;
    MadeKey made = must(make_key(db, wanted, tester));
    KnownToken known = must(find_token(db, crypto::sha256(made.token)));
    CHECK(known.key.id == made.key.id);
    CHECK(known.expires_ms == 77);
    CHECK_FALSE(known.previous);
    CHECK(known.user_active);
    must(revoke_key(db, made.key.id, tester));
    UserChange off;
    off.active = false;
    must(change_user(db, made.key.user_id, off, tester));
    known = must(find_token(db, crypto::sha256(made.token)));
    CHECK(known.key.revoked_ms > 0);
    CHECK_FALSE(known.user_active);
    CHECK(code_of(find_token(db, crypto::sha256("another"))) == ErrorCode::not_found);
    CHECK(code_of(rotate_key(db, made.key.id, 0, tester)) == ErrorCode::not_found);
}

TEST_CASE_METHOD(Store, "a key's terms can be changed and taken away") {
    std::string id = add_key(db, "bob").key.id;
    KeyChange change;
    change.expires_ms = 50;
    change.models = std::vector<std::string>{"gemma*"};
    change.limits = Limits{1, std::nullopt, 2};
    change.budget_micro = std::optional<std::int64_t>(7);
    ApiKey changed = must(change_key(db, id, change, tester));
    ApiKey stored = must(find_key(db, id));
    CHECK(stored.expires_ms == 50);
    CHECK(stored.models == *change.models);
    CHECK(stored.limits == *change.limits);
    CHECK(stored.budget_micro == 7);
    CHECK(changed.budget_micro == 7);
    CHECK(must(list_audit(db)).front().detail ==
          R"({"expires_ms":[0,50],"models":[[],["gemma*"]],"requests_per_minute":[null,1],)"
          R"("max_concurrent":[null,2],"budget_micro":[null,7]})");
    KeyChange away;
    away.expires_ms = 0;
    away.models = std::vector<std::string>();
    away.limits = Limits();
    away.budget_micro = std::optional<std::int64_t>();
    must(change_key(db, id, away, tester));
    stored = must(find_key(db, id));
    CHECK(stored.expires_ms == 0);
    CHECK(stored.models.empty());
    CHECK(stored.limits == Limits());
    CHECK_FALSE(stored.budget_micro.has_value());
    must(change_key(db, id, {}, tester));
    CHECK(must(list_audit(db)).size() == 4);
}

TEST_CASE_METHOD(Store, "terms that cannot be are refused") {
    auto refused = [&](const std::function<void(NewKey&)>& set) {
        NewKey wanted = wanted_key("bob");
        set(wanted);
        CHECK(code_of(make_key(db, wanted, tester)) == ErrorCode::invalid_input);
    };
    refused([](NewKey& key) { key.models = {""}; });
    refused([](NewKey& key) { key.models = {"a,b"}; });
    refused([](NewKey& key) { key.models = {"a b"}; });
    refused([](NewKey& key) { key.models = {"a\nb"}; });
    refused([](NewKey& key) { key.models = {std::string(201, 'a')}; });
    refused([](NewKey& key) { key.models = std::vector<std::string>(201, "a"); });
    refused([](NewKey& key) { key.limits.requests_per_minute = -1; });
    refused([](NewKey& key) { key.budget_micro = -1; });
    refused([](NewKey& key) { key.balance_micro = INT64_MIN; });
    CHECK(must(list_keys(db)).empty());
    CHECK_FALSE(must(has_user(db, "bob")));
}

TEST_CASE_METHOD(Store, "a key can be named by its number, which is not mistaken for an id") {
    MadeKey made = add_key(db, "bob", "a");
    add_key(db, "bob", "b");
    CHECK(must(find_key(db, std::to_string(made.key.row))).name == "a");
    must(execute(db.handle(), "UPDATE keys SET id = 123456, handle = 'ffff0000ffff' WHERE name = 'a'"));
    must(execute(db.handle(), "UPDATE keys SET handle = '123456789012' WHERE name = 'b'"));
    CHECK(code_of(find_key(db, "123456")) == ErrorCode::invalid_input);
    CHECK(must(find_key(db, "1234567")).name == "b");
    must(revoke_key(db, "bob/a", tester));
    CHECK(code_of(revoke_key(db, "123456", tester)) == ErrorCode::invalid_input);
    CHECK(must(revoke_key(db, "bob/b", tester)).name == "b");
    CHECK(code_of(find_key(db, "123456")) == ErrorCode::not_found);
}

TEST_CASE_METHOD(Store, "a list can be of keys that have expired, will expire or were not used") {
    auto add = [&](const std::string& name, std::int64_t created, std::int64_t expires, std::int64_t used) {
        add_key(db, "bob", name);
        must(execute(db.handle(),
                     "UPDATE keys SET created_ms = ?, expires_ms = nullif(?, 0), last_used_ms = nullif(?, 0) "
                     "WHERE name = ?",
                     created, expires, used, name));
    };
    auto names = [&](const KeyFilter& filter) {
        std::string all;
        for (const ApiKey& key : must(list_keys(db, filter))) all += key.name + ";";
        return all;
    };
    add("lasting", 1000, 0, 5000);
    add("over", 1001, 4000, 3000);
    add("ending", 1002, 6000, 0);
    add("far", 1003, 9000, 4500);
    KeyFilter expired;
    expired.expired_at_ms = 5000;
    CHECK(names(expired) == "over;");
    KeyFilter expiring;
    expiring.now_ms = 5000;
    expiring.expiring_until_ms = 8000;
    CHECK(names(expiring) == "ending;");
    expiring.now_ms = 0;
    CHECK(names(expiring).empty());
    KeyFilter unused;
    unused.unused_since_ms = 4500;
    CHECK(names(unused) == "over;ending;");
    unused.unused_since_ms = 1002;
    CHECK(names(unused).empty());
}

}  // namespace
}  // namespace aihub::db
