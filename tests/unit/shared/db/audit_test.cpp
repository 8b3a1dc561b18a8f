#include "shared/db/audit.hpp"

#include "shared/base/clock.hpp"
#include "shared/db/detail.hpp"
#include "shared/db/model_globs.hpp"
#include "shared/db/statement.hpp"
#include "tests/unit/shared/db/scratch.hpp"

namespace aihub::db {
namespace {

using Globs = std::vector<std::string>;

TEST_CASE_METHOD(Store, "the trail says who, when, what and from where, newest first") {
    std::int64_t before = now_ms();
    must(add_audit(db, "config.change", "port", R"({"port":[1,2]})", {"amy", "10.0.0.1"}));
    must(add_audit(db, "config.change", "tier", "{}", tester));
    std::vector<AuditEntry> trail = must(list_audit(db));
    REQUIRE(trail.size() == 2);
    CHECK(trail[0].target == "tier");
    CHECK(trail[1].actor == "amy");
    CHECK(trail[1].source == "10.0.0.1");
    CHECK(trail[1].action == "config.change");
    CHECK(trail[1].detail == R"({"port":[1,2]})");
    CHECK(trail[1].at_ms >= before);
    CHECK(trail[1].id < trail[0].id);
    CHECK(must(list_audit(db, 0, 1)).size() == 1);
    must(execute(db.handle(), "UPDATE audit SET at_ms = 5 WHERE target = 'port'"));
    CHECK(must(list_audit(db, 6)).size() == 1);
    CHECK(must(list_audit(db, 5)).size() == 2);
}

TEST_CASE_METHOD(Store, "no token stands in the trail") {
    MadeKey made = add_key(db, "bob");
    std::string second = must(rotate_key(db, "bob/default", 99, tester)).token;
    must(revoke_key(db, "bob/default", tester));
    std::vector<AuditEntry> trail = must(list_audit(db));
    CHECK(trail.size() == 4);
    for (const AuditEntry& entry : trail)
        for (const std::string& token : {made.token, second})
            CHECK((entry.target + entry.detail).find(token.substr(4, 30)) == std::string::npos);
}

TEST_CASE("a detail is JSON whatever it tells of") {
    Detail detail;
    CHECK(detail.json() == "{}");
    CHECK(detail.empty());
    detail.add("text", std::string("a\"b\n"))
        .add("number", std::int64_t{-5})
        .add("flag", true)
        .add("none", std::optional<std::int64_t>())
        .add("list", std::vector<std::string>{"a", "b"})
        .change("same", std::int64_t{1}, std::int64_t{1})
        .change("moved", false, true);
    CHECK(
        detail.json() ==
        R"({"text":"a\"b\u000a","number":-5,"flag":true,"none":null,"list":["a","b"],"moved":[false,true]})");
}

TEST_CASE("one pattern covers another when all that this one means it means too") {
    CHECK(covers("gemma*", "gemma3:4b"));
    CHECK(covers("gemma*", "gemma3*"));
    CHECK(covers("*", "*"));
    CHECK(covers("g*b", "gemma*4b"));
    CHECK(covers("a*b*c", "a*bxb*c"));
    CHECK_FALSE(covers("gemma3*", "gemma*"));
    CHECK_FALSE(covers("gemma3:4b", "gemma3:*"));
    CHECK_FALSE(covers("a*b", "a*"));
    CHECK_FALSE(covers("", "*"));
    CHECK(covers(Globs(), Globs{"a"}));
    CHECK_FALSE(covers(Globs{"a"}, Globs()));
    CHECK(covers(Globs{"a*", "b"}, Globs{"b", "ab"}));
    CHECK_FALSE(covers(Globs{"a*", "b"}, Globs{"b", "c"}));
}

TEST_CASE("what two lists of patterns have in common is in both") {
    CHECK(common_globs({"a*", "b"}, {"ab", "c"}) == Globs{"ab"});
    CHECK(common_globs({"ab", "b"}, {"a*", "b"}) == Globs{"b", "ab"});
    CHECK(common_globs({"a*"}, {"a*"}) == Globs{"a*"});
    CHECK(common_globs({"a"}, {"b"}).empty());
    CHECK(split_globs(join_globs({"a*", "b"})) == Globs{"a*", "b"});
    CHECK(split_globs("").empty());
}

}  // namespace
}  // namespace aihub::db
