#include "tools/aihub-serve/api/account_json.hpp"

#include <nlohmann/json.hpp>

namespace aihub::serve {
namespace {

void add_limits(ObjectWriter& object, const db::Limits& limits) {
    object.number_or_null("requests_per_minute", limits.requests_per_minute)
        .number_or_null("tokens_per_minute", limits.tokens_per_minute)
        .number_or_null("max_concurrent", limits.max_concurrent);
}

std::string text_list(const std::vector<std::string>& texts) {
    return json_list(texts, json_string);
}

std::int64_t average(std::int64_t sum, std::int64_t count) {
    return count == 0 ? 0 : sum / count;
}

void add_key(ObjectWriter& object, const db::ApiKey& key) {
    object.number("id", key.row)
        .text("key_id", key.id)
        .text("key_prefix", key.hint)
        .text("name", key.name)
        .number("user_id", key.user_id)
        .text("user", key.user)
        .text("kind", key.kind)
        .flag("active", key.revoked_ms == 0)
        .time("created_at", key.created_ms)
        .time("expires_at", key.expires_ms)
        .time("revoked_at", key.revoked_ms)
        .time("last_used_at", key.last_used_ms)
        .json("models", text_list(key.models));
    add_limits(object, key.limits);
    object.money_or_null("budget", key.budget_micro)
        .money("spent", key.spent_micro)
        .text_or_null("parent", key.parent)
        .text_or_null("previous_key_prefix", key.previous_hint)
        .time("previous_valid_until", key.previous_until_ms);
}

}  // namespace

void add_identity(ObjectWriter& object, const db::User& user) {
    // The older gateway knows its users by e-mail address alone; ours need not have one.
    object.number("id", user.id)
        .text("email", user.email.empty() ? user.name : user.email)
        .text("name", user.name)
        .money("balance", user.balance_micro)
        .text("tier", user.tier)
        .flag("active", user.active)
        .time("created_at", user.created_ms);
}

std::string user_json(const db::User& user) {
    ObjectWriter object;
    add_identity(object, user);
    add_limits(object, user.limits);
    object.number("key_count", user.key_count).number("total_usage", user.total_usage);
    return object.take();
}

std::string key_json(const db::ApiKey& key) {
    ObjectWriter object;
    add_key(object, key);
    return object.take();
}

std::string made_key_json(const db::MadeKey& made) {
    ObjectWriter object;
    object.text("key", made.token).text("prefix", made.key.hint);
    add_key(object, made.key);
    return object.take();
}

std::string signup_json(const db::Signup& signup) {
    return ObjectWriter()
        .number("id", signup.id)
        .text("email", signup.email)
        .text("tier", signup.tier)
        .text("message", signup.message)
        .text("status", signup.status)
        .time("created_at", signup.created_ms)
        .take();
}

std::string audit_json(const db::AuditEntry& entry) {
    return ObjectWriter()
        .number("id", entry.id)
        .time("at", entry.at_ms)
        .text("actor", entry.actor)
        .text("source", entry.source)
        .text("action", entry.action)
        .text("target", entry.target)
        .json("detail", nlohmann::json::accept(entry.detail) ? entry.detail : json_string(entry.detail))
        .take();
}

std::string transaction_json(const db::BalanceChange& change) {
    return ObjectWriter()
        .time("created_at", change.at_ms)
        .money("amount", change.amount_micro)
        .text("type", change.type)
        .text("note", change.note)
        .take();
}

std::string usage_day_json(const db::UsageDay& day) {
    return ObjectWriter()
        .text("date", day.date)
        .number("tokens_in", day.tokens_in)
        .number("tokens_out", day.tokens_out)
        .money("cost", day.cost_micro)
        .number("requests", day.requests)
        .number("avg_latency", average(day.latency_ms_sum, day.requests))
        .take();
}

std::string usage_by_model_json(const db::UsageByModel& model) {
    return ObjectWriter()
        .text("model", model.model)
        .number("tokens_in", model.tokens_in)
        .number("tokens_out", model.tokens_out)
        .money("cost", model.cost_micro)
        .number("requests", model.requests)
        .take();
}

}  // namespace aihub::serve
