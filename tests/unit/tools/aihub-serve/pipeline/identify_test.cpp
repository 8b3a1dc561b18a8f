#include <catch2/catch.hpp>

#include "shared/base/clock.hpp"
#include "shared/crypto/tokens.hpp"
#include "tests/unit/tools/aihub-serve/pipeline/fixture.hpp"

namespace aihub::serve {
namespace {

db::Account account_of(const std::string& token, const std::string& user) {
    db::Account account;
    account.hash = crypto::sha256(token);
    account.key_id = crypto::to_hex(account.hash).substr(0, 12);
    account.hint = crypto::token_hint(token);
    account.user = user;
    return account;
}

// amy has a key of the database; `given` and its credentials are those of the last request.
class KeyFixture : public Fixture {
public:
    std::string token = crypto::make_token(crypto::TokenKind::user);
    Exchange* x = nullptr;

    explicit KeyFixture(const db::Account& changes = {}) {
        db::Account account = account_of(token, "amy");
        account.active = changes.active;
        account.expires_ms = changes.expires_ms;
        accounts.push_back(account);
    }
    // The code of the refusal, "" when the caller may go on.
    std::string verdict(const std::string& headers) {
        x = &given_request("GET /v1/models", headers);
        std::optional<Problem> problem = identify(*x);
        if (problem) CHECK(problem->message.find(token) == std::string::npos);
        return problem ? std::to_string(problem->status) + " " + problem->code : "";
    }
    std::vector<std::string> withheld() const {
        std::vector<std::string> names;
        for (std::size_t i = 0; i < x->request.headers.size(); ++i)
            if (x->is_credential(i)) names.emplace_back(x->request.headers[i].name);
        return names;
    }
};

TEST_CASE("a key is found in every header that clients put it in") {
    KeyFixture fixture;
    for (std::string header : {"Authorization: Bearer ", "authorization: bearer ", "Authorization: BEARER  ",
                               "X-API-Key: ", "x-api-key:", "api-key: ", "X-Goog-Api-Key: "}) {
        INFO(header);
        CHECK(fixture.verdict(header + fixture.token + "\r\n") == "");
        REQUIRE(fixture.x->caller);
        CHECK(fixture.x->caller->user == "amy");
        CHECK(fixture.withheld() == std::vector<std::string>{header.substr(0, header.find(':'))});
    }
}

TEST_CASE("a key is the password of Basic, whatever the user") {
    Fixture fixture;
    fixture.settings.given_variable("DASHBOARD_API_KEYS", "pass:word");
    CHECK_FALSE(identify(
        fixture.given_request("GET /", "Authorization: Basic eDpwYXNzOndvcmQ=\r\n")));  // x:pass:word
    CHECK_FALSE(
        identify(fixture.given_request("GET /", "Authorization: basic OnBhc3M6d29yZA\r\n")));  // :pass:word
    CHECK(identify(fixture.given_request("GET /", "Authorization: Basic cGFzczp3b3Jk\r\n")));  // pass:word
    CHECK(identify(fixture.given_request("GET /", "Authorization: Basic !\r\n")));
    CHECK(identify(fixture.given_request("GET /", "Authorization: Digest pass:word\r\n")));
}

TEST_CASE("no key, a wrong key and a mistyped one are told apart") {
    KeyFixture fixture;
    CHECK(fixture.verdict("") == "401 missing_api_key");
    CHECK(fixture.verdict("X-API-Key:\r\n") == "401 missing_api_key");
    CHECK(fixture.verdict("Authorization: Bearer\r\n") == "401 missing_api_key");
    CHECK(fixture.verdict("X-API-Key: sk-unknown\r\n") == "401 invalid_api_key");
    CHECK(fixture.verdict("X-API-Key: " + crypto::make_token(crypto::TokenKind::user) + "\r\n") ==
          "401 invalid_api_key");
    std::string typo = fixture.token;
    typo[10] = typo[10] == 'a' ? 'b' : 'a';
    CHECK(fixture.verdict("X-API-Key: " + typo + "\r\n") == "401 invalid_api_key");
    CHECK(fixture.verdict("X-API-Key: " + fixture.token + "x\r\n") == "401 invalid_api_key");
    CHECK_FALSE(fixture.x->caller);
}

TEST_CASE("a client's own credentials pass beside the gateway's key") {
    KeyFixture fixture;
    CHECK(fixture.verdict("Authorization: Bearer of-the-server\r\nX-API-Key: " + fixture.token + "\r\n") ==
          "");
    CHECK(fixture.withheld() == std::vector<std::string>{"X-API-Key"});
    CHECK(fixture.verdict("X-API-Key: of-the-server\r\nAuthorization: Bearer " + fixture.token + "\r\n") ==
          "");
    CHECK(fixture.withheld() == std::vector<std::string>{"Authorization"});
}

TEST_CASE("every header that holds a key of the gateway is withheld, the first decides who calls") {
    KeyFixture fixture;
    std::string other = crypto::make_token(crypto::TokenKind::admin);
    fixture.accounts.push_back(account_of(other, "root"));
    CHECK(fixture.verdict("X-API-Key: " + other + "\r\nAuthorization: Bearer " + fixture.token +
                          "\r\napi-key: " + other + "\r\nx-goog-api-key: " + fixture.token + "\r\n") == "");
    CHECK(fixture.x->caller->user == "root");
    CHECK(fixture.withheld().size() == 4);
}

TEST_CASE("a disabled account and an expired key are refused, each for its reason") {
    db::Account disabled;
    disabled.active = false;
    KeyFixture of_disabled(disabled);
    CHECK(of_disabled.verdict("X-API-Key: " + of_disabled.token + "\r\n") == "403 account_disabled");
    db::Account expired;
    expired.expires_ms = now_ms() - 1;
    KeyFixture of_expired(expired);
    CHECK(of_expired.verdict("X-API-Key: " + of_expired.token + "\r\n") == "401 expired_api_key");
    db::Account lasting;
    lasting.expires_ms = now_ms() + 3'600'000;
    KeyFixture of_lasting(lasting);
    CHECK(of_lasting.verdict("X-API-Key: " + of_lasting.token + "\r\n") == "");
}

TEST_CASE("without auth anybody may call, and a key of the gateway is withheld all the same") {
    KeyFixture fixture;
    fixture.settings.given_flag("--auth", "off");
    CHECK(fixture.verdict("") == "");
    CHECK_FALSE(fixture.x->caller);
    CHECK(fixture.x->is_admin());
    CHECK(fixture.verdict("X-API-Key: " + fixture.token + "\r\n") == "");
    CHECK(fixture.withheld() == std::vector<std::string>{"X-API-Key"});
}

TEST_CASE("static keys have no admin rights, the admin key has") {
    Fixture fixture;
    fixture.settings.given_variable("DASHBOARD_API_KEYS", "first-key, second-key");
    fixture.settings.given_variable("ADMIN_KEY", "the-admin-key");
    Exchange& x = fixture.given_request("GET /", "X-API-Key: second-key\r\n");
    REQUIRE_FALSE(identify(x));
    CHECK(x.caller->user == "static");
    CHECK(x.caller->tier == "sub");
    CHECK_FALSE(x.is_admin());
    Exchange& y = fixture.given_request("GET /", "X-API-Key: the-admin-key\r\n");
    REQUIRE_FALSE(identify(y));
    CHECK(y.is_admin());
}

}  // namespace
}  // namespace aihub::serve
