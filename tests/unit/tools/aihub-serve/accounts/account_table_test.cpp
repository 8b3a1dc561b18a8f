#include <catch2/catch.hpp>

#include "tools/aihub-serve/accounts/account_table.hpp"

namespace aihub::serve {
namespace {

db::Account plain_account(std::int64_t row) {
    db::Account account;
    account.hash = crypto::sha256("token " + std::to_string(row));
    account.key_row = row;
    account.key_id = "id" + std::to_string(row);
    account.hint = "ahk_…" + std::to_string(row);
    account.user_id = row * 10;
    account.user = "user" + std::to_string(row);
    account.tier = "open";
    return account;
}

db::Account full_account() {
    db::Account account = plain_account(7);
    account.admin = true;
    account.worker = true;
    account.active = false;
    account.expires_ms = 1'800'000'000'000;
    account.models = {"qwen*", "llama3:8b"};
    account.user_limits = {60, {}, 3};
    account.key_limits = {{}, 0, {}};
    account.budget_micro = 0;
    account.parent_row = 3;
    return account;
}

void check_equal(const db::Account& a, const db::Account& b) {
    CHECK(a.hash == b.hash);
    CHECK(a.key_row == b.key_row);
    CHECK(a.key_id == b.key_id);
    CHECK(a.hint == b.hint);
    CHECK(a.user_id == b.user_id);
    CHECK(a.user == b.user);
    CHECK(a.tier == b.tier);
    CHECK(a.admin == b.admin);
    CHECK(a.worker == b.worker);
    CHECK(a.active == b.active);
    CHECK(a.expires_ms == b.expires_ms);
    CHECK(a.models == b.models);
    CHECK(a.user_limits == b.user_limits);
    CHECK(a.key_limits == b.key_limits);
    CHECK(a.budget_micro == b.budget_micro);
    CHECK(a.parent_row == b.parent_row);
}

TEST_CASE("an account comes back as it went in") {
    AccountTable table;
    for (const db::Account& account : {plain_account(1), full_account()}) table.add(account);
    table.finish();
    REQUIRE(table.size() == 2);
    for (const db::Account& account : {plain_account(1), full_account()}) {
        auto found = table.find(account.hash);
        REQUIRE(found);
        check_equal(*found, account);
    }
}

TEST_CASE("who is not in the table is not found, in an empty one neither") {
    AccountTable table;
    CHECK_FALSE(table.find(plain_account(1).hash));
    table.finish();
    CHECK_FALSE(table.find(plain_account(1).hash));
    CHECK_FALSE(table.find_parent(0));
    CHECK(table.size() == 0);
}

TEST_CASE("each of many accounts is found") {
    constexpr std::int64_t many = 3000;
    AccountTable table;
    for (std::int64_t row = 1; row <= many; ++row) table.add(plain_account(row));
    table.finish();
    CHECK(table.size() == many);
    for (std::int64_t row = 1; row <= many; ++row)
        if (auto found = table.find(plain_account(row).hash); !found || found->key_row != row) FAIL(row);
    CHECK_FALSE(table.find(plain_account(many + 1).hash));
}

TEST_CASE("of two accounts with the same hash the first counts") {
    db::Account second = plain_account(1);
    second.key_row = 2;
    AccountTable table;
    table.add(plain_account(1));
    table.add(second);
    table.finish();
    CHECK(table.size() == 1);
    CHECK(table.find(second.hash)->key_row == 1);
}

TEST_CASE("a key that others were delegated from is found by its row, whichever comes first") {
    db::Account child = plain_account(1);
    child.parent_row = 2;
    db::Account orphan = plain_account(3);
    orphan.parent_row = 99;
    AccountTable table;
    for (const db::Account& account : {child, plain_account(2), orphan}) table.add(account);
    table.finish();
    REQUIRE(table.find_parent(2));
    CHECK(table.find_parent(2)->user == "user2");
    CHECK_FALSE(table.find_parent(99));
    CHECK_FALSE(table.find_parent(1));
}

}  // namespace
}  // namespace aihub::serve
