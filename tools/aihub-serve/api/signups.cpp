// Requests for an account: made by anybody, decided by an admin.
#include "shared/base/strings.hpp"
#include "tools/aihub-serve/api/account_json.hpp"
#include "tools/aihub-serve/api/account_lookup.hpp"
#include "tools/aihub-serve/api/database_reply.hpp"
#include "tools/aihub-serve/api/endpoints.hpp"
#include "tools/aihub-serve/api/request_parts.hpp"
#include "tools/aihub-serve/api/signup_gate.hpp"
#include "tools/aihub-serve/api/tier_names.hpp"

namespace aihub::serve {
namespace {

using translate::Json;

constexpr std::size_t signup_part = 3;  // of /admin/api/signups/{id}/approve
constexpr std::uint64_t largest_signup = 16 * 1024;

// A conflict is what the older gateway answers with 400.
Reply refusal_of(const Exchange& x, const Error& error) {
    Problem problem = problem_of(error);
    if (error.code == ErrorCode::conflict) problem.status = 400;
    return problem_reply(x, problem);
}

std::int64_t number_in_path(const Exchange& x) {
    std::optional<std::uint64_t> id = parse_unsigned(path_part(x, signup_part));
    return id && *id <= INT64_MAX ? static_cast<std::int64_t>(*id) : -1;  // no request has that number
}

}  // namespace

net::Task<Reply> sign_up(Exchange& x) {
    static SignupGate gate;
    if (!gate.admit(x.client.remote_address(), net::steady_ms())) {
        Reply reply = problem_reply(
            x,
            {429, "too many sign-ups came from your address; try again in a minute", "rate_limit_exceeded"});
        reply.headers = "Retry-After: 60\r\n";
        co_return reply;
    }
    Json body;
    std::optional<Problem> problem = co_await read_object(x, body, largest_signup);
    if (problem) co_return problem_reply(x, *problem);
    Fields fields(body);
    std::string email = fields.required_text("email");
    std::string tier = read_tier(x, fields).value_or("payg");
    std::string message = fields.text("message").value_or("");
    if (Result<void> read = fields.finish(); !read) co_return failure_reply(x, read.error());
    auto work = [&](db::Database& db) { return db::add_signup(db, email, tier, message); };
    Result<db::Signup> made = co_await x.worker.account_store->ask(x.worker.loop, work);
    if (!made) co_return refusal_of(x, made.error());
    co_return json_reply(
        ObjectWriter().text("status", "pending").text("message", "Your request has been submitted").take());
}

net::Task<Reply> list_signups(Exchange& x) {
    return reply_from(x, [](db::Database& db) -> Result<std::string> {
        Result<std::vector<db::Signup>> signups = db::list_signups(db);
        if (!signups) return signups.error();
        return json_list(*signups, signup_json);
    });
}

net::Task<Reply> approve_signup(Exchange& x) {
    auto work = [id = number_in_path(x), actor = actor_of(x)](db::Database& db) {
        return db::approve_signup(db, id, actor);
    };
    Result<db::ApprovedSignup> approved = co_await x.worker.account_store->change(x.worker.loop, work);
    if (!approved) co_return refusal_of(x, approved.error());
    co_return json_reply(ObjectWriter()
                             .text("status", "approved")
                             .number("user_id", approved->user.id)
                             .text("email", approved->user.email)
                             .text("tier", approved->user.tier)
                             .text("api_key", approved->key.token)
                             .take());
}

net::Task<Reply> reject_signup(Exchange& x) {
    auto work = [id = number_in_path(x), actor = actor_of(x)](db::Database& db) {
        return db::reject_signup(db, id, actor);
    };
    Result<void> rejected = co_await x.worker.account_store->ask(x.worker.loop, work);
    if (!rejected) co_return refusal_of(x, rejected.error());
    co_return json_reply(ObjectWriter().text("status", "rejected").take());
}

}  // namespace aihub::serve
