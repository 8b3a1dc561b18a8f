#include "shared/db/accounts.hpp"
#include "tests/unit/shared/db/scratch.hpp"

namespace aihub::db {
namespace {

struct Family : Store {
    MadeKey make(const std::string& name, const std::string& parent, const NewKey& terms = {}) {
        return must(try_to_make(name, parent, terms));
    }
    Result<MadeKey> try_to_make(const std::string& name, const std::string& parent, NewKey terms = {}) {
        terms.user = "bob";
        terms.name = name;
        terms.parent = parent;
        return make_key(db, terms, tester);
    }
    ApiKey key(const std::string& name) { return must(find_key(db, "bob/" + name)); }

    // A parent with terms in everything.
    std::string strict_parent() {
        NewKey terms;
        terms.expires_ms = 5000;
        terms.models = {"gemma*", "qwen3:8b"};
        terms.limits = {10, 1000, 2};
        terms.budget_micro = 100;
        return make("parent", "", terms).key.id;
    }
};

TEST_CASE_METHOD(Family, "what is not asked for is taken from the parent") {
    std::string parent = strict_parent();
    make("child", parent);
    ApiKey child = key("child");
    CHECK(child.parent == parent);
    CHECK(child.expires_ms == 5000);
    CHECK(child.models == std::vector<std::string>{"gemma*", "qwen3:8b"});
    CHECK(child.limits == Limits{10, 1000, 2});
    CHECK_FALSE(child.budget_micro.has_value());
}

TEST_CASE_METHOD(Family, "a key that is narrower in everything is made") {
    std::string parent = strict_parent();
    NewKey terms;
    terms.expires_ms = 4999;
    terms.models = {"gemma3:*"};
    terms.limits = {9, 0, 1};
    terms.budget_micro = 100;
    MadeKey made = make("child", parent, terms);
    CHECK(key("child").models == terms.models);
    CHECK(key("child").limits == terms.limits);
    CHECK(must(load_accounts(db)).back().parent_row == key("parent").row);
}

TEST_CASE_METHOD(Family, "a key that is wider in anything is refused, and the refusal says in what") {
    std::string parent = strict_parent();
    auto refusal = [&](NewKey terms) {
        Result<MadeKey> made = try_to_make("child", parent, std::move(terms));
        REQUIRE_FALSE(made);
        CHECK(made.error().code == ErrorCode::invalid_input);
        return made.error().message;
    };
    NewKey terms;
    terms.expires_ms = 5001;
    CHECK(refusal(terms) == "it would live longer than the key bob/parent");
    terms = {};
    terms.models = {"gemma*", "llama*"};
    CHECK(refusal(terms) == "it would have other models than the key bob/parent");
    terms.models = {"*"};
    CHECK(refusal(terms) == "it would have other models than the key bob/parent");
    terms = {};
    terms.limits.requests_per_minute = 11;
    CHECK(refusal(terms) == "it would have more requests a minute than the key bob/parent");
    terms.limits = {std::nullopt, 1001, std::nullopt};
    CHECK(refusal(terms) == "it would have more tokens a minute than the key bob/parent");
    terms.limits = {std::nullopt, std::nullopt, 3};
    CHECK(refusal(terms) == "it would have more requests at once than the key bob/parent");
    terms = {};
    terms.budget_micro = 101;
    CHECK(refusal(terms) == "it would have a larger budget than the key bob/parent");
    CHECK(must(list_keys(db)).size() == 1);
}

TEST_CASE_METHOD(Family, "only a live key of the same user can be a parent, and not too far down") {
    add_key(db, "amy");
    CHECK(code_of(try_to_make("child", "amy/default")) == ErrorCode::not_found);
    CHECK(code_of(try_to_make("child", "bob/nothing")) == ErrorCode::not_found);
    std::string parent = make("0", "").key.id;
    for (int level = 1; level <= deepest_delegation; ++level)
        parent = make(std::to_string(level), parent).key.id;
    CHECK(code_of(try_to_make("child", parent)) == ErrorCode::invalid_input);
    must(revoke_key(db, "bob/3", tester));
    CHECK(code_of(try_to_make("child", parent)) == ErrorCode::not_found);
}

TEST_CASE_METHOD(Family, "a delegated key is never an admin's or a worker's") {
    std::string parent = make("parent", "").key.id;
    NewKey admin;
    admin.admin = true;
    CHECK(code_of(try_to_make("child", parent, admin)) == ErrorCode::invalid_input);
    NewKey worker;
    worker.worker = true;
    CHECK(code_of(try_to_make("child", parent, worker)) == ErrorCode::invalid_input);
    admin.worker = true;
    CHECK(code_of(try_to_make("child", "", admin)) == ErrorCode::invalid_input);
}

TEST_CASE_METHOD(Family, "keys are revoked with the one that they were delegated from") {
    std::string parent = make("parent", "").key.id;
    std::string child = make("child", parent).key.id;
    make("grandchild", child);
    make("stranger", "");
    must(revoke_key(db, parent, tester));
    REQUIRE(must(list_keys(db)).size() == 1);
    CHECK(must(list_keys(db))[0].name == "stranger");
    CHECK(must(list_audit(db)).front().detail.find(child) != std::string::npos);
}

TEST_CASE_METHOD(Family, "narrowing a key narrows what was delegated from it") {
    std::string parent = make("parent", "").key.id;
    NewKey terms;
    terms.models = {"gemma*", "llama*"};
    terms.limits.requests_per_minute = 8;
    terms.budget_micro = 100;
    std::string child = make("child", parent, terms).key.id;
    make("grandchild", child);
    make("any", parent);
    KeyChange change;
    change.models = std::vector<std::string>{"gemma3*", "llama*"};
    change.limits = Limits{5, 6, std::nullopt};
    change.expires_ms = 7000;
    change.budget_micro = std::optional<std::int64_t>(60);
    must(change_key(db, parent, change, tester));
    CHECK(key("child").models == std::vector<std::string>{"llama*", "gemma3*"});
    CHECK(key("child").limits == Limits{5, 6, std::nullopt});
    CHECK(key("child").expires_ms == 7000);
    CHECK(key("child").budget_micro == 60);
    CHECK(key("grandchild").limits == Limits{5, 6, std::nullopt});
    CHECK_FALSE(key("grandchild").budget_micro.has_value());
    CHECK(key("any").models == *change.models);
}

TEST_CASE_METHOD(Family, "a delegated key that is left no model is revoked") {
    std::string parent = make("parent", "").key.id;
    NewKey terms;
    terms.models = {"llama*"};
    make("child", parent, terms);
    make("any", parent);
    KeyChange change;
    change.models = std::vector<std::string>{"gemma*"};
    must(change_key(db, parent, change, tester));
    CHECK(code_of(find_key(db, "bob/child")) == ErrorCode::not_found);
    CHECK(key("any").models == *change.models);
}

TEST_CASE_METHOD(Family, "a delegated key stays within its parent when it is changed") {
    std::string parent = strict_parent();
    make("child", parent);
    KeyChange longer;
    longer.expires_ms = 0;
    CHECK(code_of(change_key(db, "bob/child", longer, tester)) == ErrorCode::invalid_input);
    KeyChange any_model;
    any_model.models = std::vector<std::string>();
    CHECK(code_of(change_key(db, "bob/child", any_model, tester)) == ErrorCode::invalid_input);
    KeyChange shorter;
    shorter.expires_ms = 10;
    CHECK(must(change_key(db, "bob/child", shorter, tester)).expires_ms == 10);
}

}  // namespace
}  // namespace aihub::db
