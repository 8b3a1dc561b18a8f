#include "shared/db/keys.hpp"

#include "shared/base/clock.hpp"
#include "shared/base/files.hpp"
#include "shared/crypto/tokens.hpp"
#include "shared/db/statement.hpp"
#include "shared/db/users.hpp"
#include "tests/unit/shared/db/scratch.hpp"

namespace aihub::db {
namespace {

TEST_CASE_METHOD(Store, "a new key is described by everything but its token") {
    std::int64_t before = now_ms();
    NewKey wanted = wanted_key("bob", "laptop");
    wanted.tier = "sub";
    wanted.expires_ms = before + 5000;
    MadeKey made = must(make_key(db, wanted, tester));
    CHECK(crypto::inspect_token(made.token) == crypto::TokenForm::own);
    CHECK(made.token.starts_with("ahk_"));
    CHECK(made.key.id == crypto::to_hex(crypto::sha256(made.token)).substr(0, 12));
    CHECK(made.key.hint == crypto::token_hint(made.token));
    CHECK(made.key.name == "laptop");
    CHECK(made.key.user == "bob");
    CHECK(made.key.tier == "sub");
    CHECK(made.key.expires_ms == before + 5000);
    CHECK(made.key.revoked_ms == 0);
    CHECK(made.key.created_ms >= before);
    CHECK(made.key.created_ms <= now_ms());
}

TEST_CASE_METHOD(Store, "a token that cannot be handed over was never made") {
    HandOver refuse = [](const MadeKey&) -> Result<void> { return Error(ErrorCode::io, "no room"); };
    Result<MadeKey> made = make_key(db, wanted_key("bob"), tester, refuse);
    REQUIRE_FALSE(made);
    CHECK(made.error().message == "no room");
    CHECK(must(list_keys(db, of_user("", true))).empty());
    CHECK_FALSE(must(has_user(db, "bob")));

    MadeKey old = add_key(db, "bob");
    REQUIRE_FALSE(rotate_key(db, "bob/default", 0, tester, refuse));
    CHECK_FALSE(must(find_token(db, crypto::sha256(old.token))).previous);
}

TEST_CASE_METHOD(Store, "a token is handed over before others know of it") {
    Database other = must(Database::open(db.path(), OpenMode::read_only));
    bool known_to_others = true;
    MadeKey made = must(make_key(db, wanted_key("bob"), tester, [&](const MadeKey& key) -> Result<void> {
        known_to_others = find_token(other, crypto::sha256(key.token)).has_value();
        return {};
    }));
    CHECK_FALSE(known_to_others);
    CHECK(find_token(other, crypto::sha256(made.token)));
}

TEST_CASE_METHOD(Store, "keys come in pages by their numbers, whoever is deleted meanwhile") {
    for (const char* user : {"zoe", "bob", "bob-x", "amy"}) add_key(db, user);
    KeyFilter filter;
    filter.page = Page{0, 2};
    std::vector<ApiKey> first = must(list_keys(db, filter));
    REQUIRE(first.size() == 2);
    CHECK(first[0].user == "zoe");
    CHECK(first[1].user == "bob");
    must(delete_user(db, first[1].user_id, tester));
    filter.page = Page{first[1].row, 2};
    std::vector<ApiKey> second = must(list_keys(db, filter));
    REQUIRE(second.size() == 2);
    CHECK(second[0].user == "bob-x");
    CHECK(second[1].user == "amy");
    filter.page = Page{second[1].row, 2};
    CHECK(must(list_keys(db, filter)).empty());
    filter.page = Page{second[0].row, -1};
    CHECK(must(list_keys(db, filter)).size() == 1);
}

TEST_CASE_METHOD(Store, "a list is read key by key, in the same order") {
    for (const char* user : {"zoe", "bob", "amy"}) add_key(db, user);
    std::vector<std::string> seen;
    must(each_key(db, {}, [&](const ApiKey& key) { seen.push_back(key.user); }));
    CHECK(seen == std::vector<std::string>{"amy", "bob", "zoe"});
}

TEST_CASE_METHOD(Store, "the token itself is nowhere in the files") {
    std::string token = add_key(db, "bob").token;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(scratch.path()).parent_path()))
        CHECK(must(read_file(entry.path())).find(token.substr(4, 30)) == std::string::npos);
}

TEST_CASE_METHOD(Store, "what was made is what is listed") {
    MadeKey made = add_key(db, "bob", "laptop");
    std::vector<ApiKey> keys = must(list_keys(db));
    REQUIRE(keys.size() == 1);
    CHECK(keys[0].id == made.key.id);
    CHECK(keys[0].name == made.key.name);
    CHECK(keys[0].hint == made.key.hint);
    CHECK(keys[0].user == made.key.user);
    CHECK(keys[0].tier == made.key.tier);
    CHECK(keys[0].created_ms == made.key.created_ms);
    CHECK(keys[0].expires_ms == 0);
    CHECK(keys[0].revoked_ms == 0);
}

TEST_CASE_METHOD(Store, "keys are listed by user, and by creation within a user") {
    add_key(db, "zoe", "a");
    add_key(db, "amy", "z");
    add_key(db, "amy", "b");
    std::vector<std::string> order;
    for (const ApiKey& key : must(list_keys(db))) order.push_back(key.user + "/" + key.name);
    CHECK(order == std::vector<std::string>{"amy/z", "amy/b", "zoe/a"});
    CHECK(must(list_keys(db, of_user("amy"))).size() == 2);
    CHECK(must(list_keys(db, of_user("nobody"))).empty());
}

TEST_CASE_METHOD(Store, "a user has one live key of a name") {
    add_key(db, "bob", "laptop");
    CHECK(code_of(make_key(db, wanted_key("bob", "laptop"), tester)) == ErrorCode::conflict);
    CHECK(must(list_keys(db, of_user("", true))).size() == 1);
    add_key(db, "bob", "phone");
    add_key(db, "amy", "laptop");
    CHECK(must(list_keys(db)).size() == 3);
}

TEST_CASE_METHOD(Store, "a second key leaves the user's tier as it is") {
    NewKey first = wanted_key("bob", "one");
    first.tier = "sub";
    must(make_key(db, first, tester));
    CHECK(add_key(db, "bob", "two").key.tier == "sub");
}

TEST_CASE_METHOD(Store, "names that would harm a terminal, a table or a path are refused") {
    for (const char* bad : {"", " ", " bob", "bob ", "b\nb", "b\x1b[31m", "b\"b", "b\\b", "\xff", "a/b"}) {
        CAPTURE(bad);
        CHECK(code_of(make_key(db, wanted_key(bad), tester)) == ErrorCode::invalid_input);
    }
    for (const char* bad : {"", "\t", "n\x7f", "\xc3"}) {
        CAPTURE(bad);
        CHECK(code_of(make_key(db, wanted_key("bob", bad), tester)) == ErrorCode::invalid_input);
    }
    CHECK(code_of(make_key(db, wanted_key(std::string(101, 'b')), tester)) == ErrorCode::invalid_input);
    CHECK(must(list_keys(db, of_user("", true))).empty());
    CHECK_FALSE(must(has_user(db, "bob")));
}

TEST_CASE_METHOD(Store, "names in any script, with blanks and slashes in the key's, are fine") {
    add_key(db, "Zoë Müller", "work/laptop 2");
    add_key(db, "名前@example.org", std::string(100, 'k'));
    CHECK(must(revoke_key(db, "Zoë Müller/work/laptop 2", tester)).name == "work/laptop 2");
}

TEST_CASE_METHOD(Store, "a tier is a short plain word") {
    for (const char* bad : {"", "Sub", "pay g", "päyg"}) {
        NewKey wanted = wanted_key("bob");
        wanted.tier = bad;
        CHECK(code_of(make_key(db, wanted, tester)) == ErrorCode::invalid_input);
    }
}

TEST_CASE_METHOD(Store, "a revoked key stays in the books and frees its name") {
    MadeKey first = add_key(db, "bob", "laptop");
    ApiKey revoked = must(revoke_key(db, first.key.id, tester));
    CHECK(revoked.id == first.key.id);
    CHECK(revoked.revoked_ms >= first.key.created_ms);
    CHECK(must(list_keys(db)).empty());
    MadeKey second = add_key(db, "bob", "laptop");
    CHECK(second.token != first.token);
    std::vector<ApiKey> all = must(list_keys(db, of_user("bob", true)));
    REQUIRE(all.size() == 2);
    CHECK(all[0].revoked_ms == revoked.revoked_ms);
    CHECK(all[1].revoked_ms == 0);
}

TEST_CASE_METHOD(Store, "a key is revoked by its id, the beginning of it, USER/NAME or both names") {
    std::string id = add_key(db, "bob", "a").key.id;
    CHECK(must(revoke_key(db, id, tester)).name == "a");
    id = add_key(db, "bob", "b").key.id;
    CHECK(must(revoke_key(db, id.substr(0, 6), tester)).name == "b");
    add_key(db, "bob", "c");
    CHECK(must(revoke_key(db, "bob/c", tester)).name == "c");
    add_key(db, "bob", "d");
    CHECK(must(revoke_key(db, "bob", "d", tester)).name == "d");
}

TEST_CASE_METHOD(Store, "what cannot be found is not revoked") {
    std::string id = add_key(db, "bob", "a").key.id;
    for (const std::string& target :
         {id.substr(0, 5), std::string("000000000000000"), std::string("bob/b"), std::string("amy/a"),
          std::string("bob"), std::string(), std::string("*"), std::string("??????"), std::string("/")}) {
        CAPTURE(target);
        CHECK(code_of(revoke_key(db, target, tester)) == ErrorCode::not_found);
    }
    CHECK(code_of(revoke_key(db, "bob", "b", tester)) == ErrorCode::not_found);
    CHECK(must(list_keys(db)).size() == 1);
    must(revoke_key(db, id, tester));
    CHECK(code_of(revoke_key(db, id, tester)) == ErrorCode::not_found);
}

TEST_CASE_METHOD(Store, "the beginning of several ids revokes none of them") {
    add_key(db, "bob", "a");
    add_key(db, "bob", "b");
    must(execute(db.handle(), "UPDATE keys SET handle = '5eed5eed000' || id"));
    CHECK(code_of(revoke_key(db, "5eed5eed", tester)) == ErrorCode::invalid_input);
    CHECK(must(list_keys(db)).size() == 2);
    CHECK(must(revoke_key(db, "5eed5eed0001", tester)).name == "a");
}

TEST_CASE_METHOD(Store, "a target is an id, USER/NAME, or a user with all keys") {
    MadeKey a = add_key(db, "bob", "a");
    add_key(db, "bob", "b");
    add_key(db, "amy", "a");
    CHECK(must(find_keys(db, a.key.id)).size() == 1);
    CHECK(must(find_keys(db, "bob/b")).size() == 1);
    CHECK(must(find_keys(db, "bob")).size() == 2);
    must(revoke_key(db, "bob/b", tester));
    CHECK(must(find_keys(db, "bob")).size() == 1);
    CHECK(code_of(find_keys(db, "bob/b")) == ErrorCode::not_found);
    CHECK(code_of(find_keys(db, "nobody")) == ErrorCode::not_found);
    CHECK(code_of(find_keys(db, "")) == ErrorCode::invalid_input);
}

TEST_CASE_METHOD(Store, "a target that is a user and an id is refused") {
    std::string id = add_key(db, "bob", "a").key.id;
    add_key(db, id.substr(0, 8), "b");
    CHECK(code_of(find_keys(db, id.substr(0, 8))) == ErrorCode::invalid_input);
    CHECK(must(find_keys(db, id)).front().user == "bob");
}

TEST_CASE_METHOD(Store, "the first admin is needed until an admin key was made, even one that is revoked") {
    CHECK(must(needs_first_admin(db)));
    add_key(db, "bob");
    CHECK(must(needs_first_admin(db)));
    NewKey admin = wanted_key("root");
    admin.admin = true;
    MadeKey made = must(make_key(db, admin, tester));
    CHECK_FALSE(must(needs_first_admin(db)));
    must(revoke_key(db, made.key.id, tester));
    CHECK_FALSE(must(needs_first_admin(db)));
}

}  // namespace
}  // namespace aihub::db
