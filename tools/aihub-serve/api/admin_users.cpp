// Users, for admins: list, make, change, delete; what they have, and what was put in and taken out.
#include "tools/aihub-serve/api/account_json.hpp"
#include "tools/aihub-serve/api/account_lookup.hpp"
#include "tools/aihub-serve/api/database_reply.hpp"
#include "tools/aihub-serve/api/endpoints.hpp"
#include "tools/aihub-serve/api/request_parts.hpp"
#include "tools/aihub-serve/api/tier_names.hpp"

namespace aihub::serve {
namespace {

using translate::Json;

constexpr std::size_t user_part = 3;  // of /admin/api/users/{id}
constexpr std::int64_t most_transactions = 10'000;

std::string updated(const db::User& user) {
    return "{\"status\":\"updated\"," + user_json(user).substr(1);
}

db::NewUser read_new_user(const Exchange& x, Fields& fields) {
    db::NewUser user;
    user.email = fields.text("email").value_or("");
    user.name = fields.text("name").value_or("");
    user.tier = read_tier(x, fields).value_or("payg");
    user.balance_micro = fields.money("balance").value_or(0);
    user.limits = fields.limits();
    if (user.email.empty() && user.name.empty()) fields.complain("email", "is missing; send it or a name");
    return user;
}

db::UserChange read_user_change(const Exchange& x, Fields& fields) {
    db::UserChange change;
    change.email = fields.text("email");
    change.tier = read_tier(x, fields);
    change.active = fields.flag("active");
    change.balance_micro = fields.money("balance");
    change.requests_per_minute = fields.nullable_number("requests_per_minute");
    change.tokens_per_minute = fields.nullable_number("tokens_per_minute");
    change.max_concurrent = fields.nullable_number("max_concurrent");
    return change;
}

bool says_something(const db::UserChange& change) {
    return change.email || change.tier || change.active || change.balance_micro ||
           change.requests_per_minute || change.tokens_per_minute || change.max_concurrent;
}

// As the older gateway words it, where the address alone says who it is.
Error in_older_words(const Error& error, const db::NewUser& wanted) {
    bool by_address = error.code == ErrorCode::conflict && wanted.name.empty();
    return by_address ? Error(error.code, "Email already exists") : error;
}

}  // namespace

net::Task<Reply> list_users(Exchange& x) {
    Result<std::optional<db::Page>> page = query_page(x);
    if (!page) co_return failure_reply(x, page.error());
    co_return co_await reply_from(x, [page = *page](db::Database& db) -> Result<std::string> {
        Result<std::vector<db::User>> users = db::list_users(db, page);
        if (!users) return users.error();
        return json_list(*users, user_json);
    });
}

net::Task<Reply> show_user(Exchange& x) {
    return reply_from(x, [who = path_part(x, user_part)](db::Database& db) -> Result<std::string> {
        Result<db::User> user = user_of(db, who);
        if (!user) return user.error();
        return user_json(*user);
    });
}

net::Task<Reply> make_user(Exchange& x) {
    Json body;
    std::optional<Problem> problem = co_await read_object(x, body);
    if (problem) co_return problem_reply(x, *problem);
    Fields fields(body);
    db::NewUser wanted = read_new_user(x, fields);
    if (Result<void> read = fields.finish(); !read) co_return failure_reply(x, read.error());
    Result<db::User> made = co_await x.worker.account_store->change(
        x.worker.loop,
        [&, actor = actor_of(x)](db::Database& db) { return db::add_user(db, wanted, actor); });
    if (made) co_return json_reply(user_json(*made));
    Problem refusal = problem_of(in_older_words(made.error(), wanted));
    if (made.error().code == ErrorCode::conflict) refusal.status = 400;
    co_return problem_reply(x, refusal);
}

net::Task<Reply> change_user(Exchange& x) {
    Json body;
    std::optional<Problem> problem = co_await read_object(x, body);
    if (problem) co_return problem_reply(x, *problem);
    Fields fields(body);
    db::UserChange change = read_user_change(x, fields);
    std::string note = fields.text("note").value_or("Admin balance update");
    if (Result<void> read = fields.finish(); !read) co_return failure_reply(x, read.error());
    if (!says_something(change))
        co_return problem_reply(x,
                                {422, "nothing is to change; send balance, tier, active, email or a limit"});
    auto work = [&, who = path_part(x, user_part),
                 actor = actor_of(x)](db::Database& db) -> Result<std::string> {
        Result<db::User> user = user_of(db, who);
        if (user) user = db::change_user(db, user->id, change, actor, note);
        if (!user) return user.error();
        return updated(*user);
    };
    co_return co_await reply_from_change(x, std::move(work));
}

net::Task<Reply> delete_user(Exchange& x) {
    auto work = [who = path_part(x, user_part),
                 actor = actor_of(x)](db::Database& db) -> Result<std::string> {
        Result<db::User> user = user_of(db, who);
        if (user) user = db::delete_user(db, user->id, actor);
        if (!user) return user.error();
        return ObjectWriter()
            .text("status", "deleted")
            .number("id", user->id)
            .text("name", user->name)
            .take();
    };
    return reply_from_change(x, std::move(work));
}

// {"add": AMOUNT} or {"set": AMOUNT}, the first in one step with what use takes from the balance meanwhile.
net::Task<Reply> change_balance(Exchange& x) {
    Json body;
    std::optional<Problem> problem = co_await read_object(x, body);
    if (problem) co_return problem_reply(x, *problem);
    Fields fields(body);
    std::optional<std::int64_t> add = fields.money("add");
    std::optional<std::int64_t> set = fields.money("set");
    std::string note = fields.text("note").value_or("Admin balance update");
    if (add.has_value() == set.has_value()) fields.complain("add", "send either add or set, an amount");
    if (Result<void> read = fields.finish(); !read) co_return failure_reply(x, read.error());
    auto work = [&, who = path_part(x, user_part),
                 actor = actor_of(x)](db::Database& db) -> Result<std::string> {
        Result<db::User> user = user_of(db, who);
        if (!user) return user.error();
        db::UserChange to;
        to.balance_micro = set;
        user = add ? db::add_balance(db, user->id, *add, note, actor)
                   : db::change_user(db, user->id, to, actor, note);
        if (!user) return user.error();
        return updated(*user);
    };
    co_return co_await reply_from_change(x, std::move(work));
}

net::Task<Reply> list_transactions(Exchange& x) {
    Result<std::int64_t> limit = query_number(x, "limit", 100, 1, most_transactions);
    if (!limit) co_return failure_reply(x, limit.error());
    co_return co_await reply_from(
        x, [limit = *limit, who = path_part(x, user_part)](db::Database& db) -> Result<std::string> {
            Result<db::User> user = user_of(db, who);
            if (!user) return user.error();
            Result<std::vector<db::BalanceChange>> rows = db::list_transactions(db, user->id, limit);
            if (!rows) return rows.error();
            return json_list(*rows, transaction_json);
        });
}

}  // namespace aihub::serve
