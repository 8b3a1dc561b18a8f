#include "shared/db/signups.hpp"

#include "shared/db/statement.hpp"
#include "tests/unit/shared/db/scratch.hpp"

namespace aihub::db {
namespace {

template <typename T>
std::string message_of(const Result<T>& result) {
    REQUIRE_FALSE(result);
    return result.error().message;
}

TEST_CASE_METHOD(Store, "who asks for an account waits until an admin decides") {
    Signup asked = must(add_signup(db, "bob@example.org", "sub", "please"));
    Signup listed = must(list_signups(db)).at(0);
    CHECK(listed.id == asked.id);
    CHECK(listed.email == "bob@example.org");
    CHECK(listed.tier == "sub");
    CHECK(listed.message == "please");
    CHECK(listed.status == "pending");
    CHECK(listed.created_ms > 0);
    CHECK(must(list_users(db)).empty());
}

TEST_CASE_METHOD(Store, "an approved request becomes a user with a key") {
    Signup asked = must(add_signup(db, "bob@example.org", "sub", ""));
    ApprovedSignup approved = must(approve_signup(db, asked.id, tester));
    CHECK(approved.user.name == "bob@example.org");
    CHECK(approved.user.email == "bob@example.org");
    CHECK(approved.user.tier == "sub");
    CHECK(approved.user.balance_micro == 0);
    CHECK(must(find_token(db, crypto::sha256(approved.key.token))).key.name == "default");
    CHECK(must(list_signups(db)).at(0).status == "approved");
    CHECK(actions(db) ==
          "signup.approve bob@example.org;key.add bob@example.org/default;user.add bob@example.org;");
    CHECK(message_of(approve_signup(db, asked.id, tester)) == "Request already processed");
    CHECK(message_of(reject_signup(db, asked.id, tester)) == "Request already processed");
    CHECK(message_of(add_signup(db, "BOB@example.org", "payg", "")) == "Email already registered");
}

TEST_CASE_METHOD(Store, "who was rejected may ask again") {
    Signup asked = must(add_signup(db, "bob@example.org", "payg", ""));
    CHECK(message_of(add_signup(db, "Bob@example.org", "payg", "")) == "Signup request already pending");
    must(reject_signup(db, asked.id, tester));
    CHECK(must(list_signups(db)).at(0).status == "rejected");
    must(add_signup(db, "bob@example.org", "payg", ""));
    CHECK(must(list_signups(db)).size() == 2);
    CHECK(actions(db) == "signup.reject bob@example.org;");
}

TEST_CASE_METHOD(Store, "a request for a user who was made meanwhile is not approved and stays") {
    Signup asked = must(add_signup(db, "bob@example.org", "payg", ""));
    NewUser user;
    user.email = "bob@example.org";
    user.name = "bob";
    must(add_user(db, user, tester));
    CHECK(message_of(approve_signup(db, asked.id, tester)) == "User already exists");
    CHECK(must(list_signups(db)).at(0).status == "pending");
    CHECK(message_of(approve_signup(db, asked.id + 1, tester)) == "Request not found");
}

TEST_CASE_METHOD(Store, "what cannot be granted cannot be asked for") {
    CHECK(code_of(add_signup(db, "nonsense", "payg", "")) == ErrorCode::invalid_input);
    CHECK(code_of(add_signup(db, "a/b@example.org", "payg", "")) == ErrorCode::invalid_input);
    CHECK(code_of(add_signup(db, "bob@example.org", "admin", "")) == ErrorCode::invalid_input);
    CHECK(code_of(add_signup(db, "bob@example.org", "No Tier", "")) == ErrorCode::invalid_input);
    CHECK(code_of(add_signup(db, "bob@example.org", "payg", std::string(2001, 'x'))) ==
          ErrorCode::invalid_input);
    CHECK(must(list_signups(db)).empty());
}

TEST_CASE_METHOD(Store, "only so many requests can wait") {
    must(execute(db.handle(),
                 "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
                 "INSERT INTO signups (email, tier, message, status, created_ms) "
                 "SELECT i || '@example.org', 'payg', '', 'pending', 0 FROM n",
                 most_pending_signups));
    CHECK(code_of(add_signup(db, "bob@example.org", "payg", "")) == ErrorCode::busy);
    must(reject_signup(db, 1, tester));
    must(add_signup(db, "bob@example.org", "payg", ""));
}

}  // namespace
}  // namespace aihub::db
