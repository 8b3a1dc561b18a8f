#include "shared/db/accounts.hpp"
#include "shared/db/users.hpp"
#include "tests/unit/shared/db/scratch.hpp"

namespace aihub::db {
namespace {

ImportedKey imported(const std::string& token, const std::string& user, const std::string& name = "default") {
    ImportedKey key;
    key.hash = crypto::sha256(token);
    key.hint = "sk-…" + token;
    key.user = user;
    key.name = name;
    return key;
}

TEST_CASE_METHOD(Store, "a key that was made elsewhere goes on to work, on the terms that it had") {
    ImportedKey key = imported("secret", "bob", "old laptop");
    key.email = "bob@example.org";
    key.tier = "sub";
    key.balance_micro = 5;
    key.user_active = false;
    key.created_ms = 1000;
    key.expires_ms = 2000;
    key.models = {"gemma*"};
    key.limits = {1, 2, 3};
    key.budget_micro = 9;
    key.spent_micro = 4;
    ImportOutcome outcome = must(import_keys(db, {key}, tester));
    CHECK(outcome.keys == 1);
    CHECK(outcome.users == 1);
    CHECK(outcome.present == 0);
    ApiKey stored = must(find_key(db, "bob/old laptop"));
    CHECK(stored.id == crypto::to_hex(key.hash).substr(0, 12));
    CHECK(stored.hint == "sk-…secret");
    CHECK(stored.created_ms == 1000);
    CHECK(stored.expires_ms == 2000);
    CHECK(stored.models == key.models);
    CHECK(stored.limits == key.limits);
    CHECK(stored.budget_micro == 9);
    CHECK(stored.spent_micro == 4);
    Account account = must(load_accounts(db)).at(0);
    CHECK(account.hash == key.hash);
    CHECK_FALSE(account.active);
    CHECK(must(find_user(db, "bob@example.org")).balance_micro == 5);
    CHECK(actions(db) == "key.import bob/old laptop;user.add bob;");
}

TEST_CASE_METHOD(Store, "a hash that is there already is left alone, as the last token or the one before") {
    MadeKey made = add_key(db, "bob");
    must(rotate_key(db, made.key.id, 99, tester));
    ImportOutcome outcome = must(import_keys(
        db, {imported(made.token, "bob"), imported("new", "bob"), imported("new", "amy")}, tester));
    CHECK(outcome.present == 2);
    CHECK(outcome.keys == 1);
    CHECK(outcome.users == 0);
    CHECK_FALSE(must(has_user(db, "amy")));
    CHECK(must(import_keys(db, {imported("new", "bob")}, tester)).present == 1);
}

TEST_CASE_METHOD(Store, "a name that is taken gets a number") {
    add_key(db, "bob", "key");
    add_key(db, "bob", "key 3");
    must(import_keys(
        db, {imported("a", "bob", "key"), imported("b", "bob", "key"), imported("c", "amy", "key")}, tester));
    std::string names;
    for (const ApiKey& key : must(list_keys(db))) names += key.user + "/" + key.name + ";";
    CHECK(names == "amy/key;bob/key;bob/key 3;bob/key 2;bob/key 4;");
}

TEST_CASE_METHOD(Store, "a user who exists keeps tier and balance") {
    add_key(db, "bob");
    ImportedKey key = imported("a", "bob", "second");
    key.tier = "admin";
    key.balance_micro = 1000;
    must(import_keys(db, {key}, tester));
    CHECK(must(find_user(db, "bob")).tier == "payg");
    CHECK(must(find_user(db, "bob")).balance_micro == 0);
}

TEST_CASE_METHOD(Store, "one bad key and none is imported; it is named by its number") {
    std::vector<ImportedKey> keys = {imported("a", "bob"), imported("b", "a/b")};
    Result<ImportOutcome> outcome = import_keys(db, keys, tester);
    CHECK(code_of(outcome) == ErrorCode::invalid_input);
    CHECK(outcome.error().message == "key 2: the user's name 'a/b' has a slash");
    keys[1] = imported("b", "amy");
    keys[1].spent_micro = -1;
    CHECK(code_of(import_keys(db, keys, tester)) == ErrorCode::invalid_input);
    keys[1] = imported("b", "amy");
    keys[1].email = "nonsense";
    CHECK(code_of(import_keys(db, keys, tester)) == ErrorCode::invalid_input);
    keys[1] = imported("b", "amy", "");
    CHECK(code_of(import_keys(db, keys, tester)) == ErrorCode::invalid_input);
    CHECK(must(list_keys(db)).empty());
    CHECK(must(list_users(db)).empty());
    CHECK(must(list_audit(db)).empty());
}

}  // namespace
}  // namespace aihub::db
