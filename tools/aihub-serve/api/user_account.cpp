// What callers may know of themselves: who they are, what they used, what is left of their limits.
#include "shared/base/clock.hpp"
#include "tools/aihub-serve/api/account_json.hpp"
#include "tools/aihub-serve/api/database_reply.hpp"
#include "tools/aihub-serve/api/endpoints.hpp"
#include "tools/aihub-serve/api/own_keys.hpp"
#include "tools/aihub-serve/api/request_parts.hpp"

namespace aihub::serve {
namespace {

constexpr std::int64_t most_days = 366;
constexpr std::int64_t shown_as_unlimited = 999;  // as the older gateway has it

std::string text_of_me(const db::User& user, const std::vector<db::ApiKey>& keys) {
    ObjectWriter object;
    add_identity(object, user);
    return object.json("api_keys", json_list(keys, key_json)).take();
}

// Whoever is in no database: a key of the settings, or everybody while auth is off.
db::User outsider(const Exchange& x) {
    db::User user;
    user.name = x.caller ? x.caller->user : "anonymous";
    user.tier = x.caller ? x.caller->tier : "admin";
    return user;
}

void add_quota(ObjectWriter& object, const std::string& name, const Quota& quota) {
    bool limited = quota.limit >= 0;
    object.number_or_null(name + "_limit", limited ? std::optional(quota.limit) : std::nullopt)
        .number_or_null(name + "_remaining", limited ? std::optional(quota.remaining) : std::nullopt)
        .number(name + "_resets_in_ms", limited ? quota.reset_ms : 0);
}

std::string text_of_quotas(const std::string& tier, const Verdict& verdict) {
    bool limited = verdict.requests.limit >= 0;
    ObjectWriter object;
    object.text("tier", tier)
        .number("max_per_minute", limited ? verdict.requests.limit : shown_as_unlimited)
        .number("remaining", limited ? verdict.requests.remaining : shown_as_unlimited)
        .number("resets_in", 60)
        .flag("unlimited", !limited);
    add_quota(object, "requests", verdict.requests);
    add_quota(object, "tokens", verdict.tokens);
    return object.take();
}

}  // namespace

net::Task<Reply> show_me(Exchange& x) {
    if (!x.caller || x.caller->user_id == 0) co_return json_reply(text_of_me(outsider(x), {}));
    auto work = [self = self_of(x)](db::Database& db) -> Result<std::string> {
        Result<OwnKeys> own = own_keys(db, self);
        if (!own) return own.error();
        Result<db::User> user = db::find_user(db, self.user);
        if (!user) return user.error();
        return text_of_me(*user, own->visible);
    };
    co_return co_await reply_from(x, std::move(work));
}

net::Task<Reply> show_usage(Exchange& x) {
    Result<std::int64_t> days = query_number(x, "days", 7, 1, most_days);
    if (!days) co_return failure_reply(x, days.error());
    std::string by = query_value(x, "by").value_or("day");
    if (by != "day" && by != "model") co_return problem_reply(x, {422, "by: must be day or model"});
    if (!x.caller || x.caller->user_id == 0) co_return json_reply("[]");
    // Who holds a key that was handed on sees what it used, not what its owner did.
    if (by == "model" && x.caller->parent_row != 0)
        co_return problem_reply(x,
                                {403, "an API key that was made from another one sees its use by day only"});
    auto work = [self = self_of(x), days = *days, by](db::Database& db) -> Result<std::string> {
        if (by == "model") {
            Result<std::vector<db::UsageByModel>> rows = db::usage_by_model(db, self.user_id, days, now_ms());
            return rows ? json_list(*rows, usage_by_model_json) : Result<std::string>(rows.error());
        }
        Result<std::vector<db::UsageDay>> rows =
            db::usage_by_day(db, self.user_id, days, now_ms(), self.delegated ? self.key_row : 0);
        return rows ? json_list(*rows, usage_day_json) : Result<std::string>(rows.error());
    };
    co_return co_await reply_from(x, std::move(work));
}

net::Task<Reply> show_rate_limit(Exchange& x) {
    if (!x.caller) co_return json_reply(text_of_quotas("admin", {}));
    Terms terms =
        x.worker.ledger->terms_of(*x.caller, x.policy().tariff, x.picture->accounts->parents_of(*x.caller));
    Verdict verdict = terms.are_free() ? Verdict{} : terms.state->look(terms, net::steady_ms());
    co_return json_reply(text_of_quotas(x.caller->tier, verdict));
}

}  // namespace aihub::serve
