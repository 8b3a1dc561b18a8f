#include "tools/aihub-serve/api/account_lookup.hpp"

#include "shared/base/strings.hpp"

namespace aihub::serve {
namespace {

Error no_user(const std::string& who) {
    return Error(ErrorCode::not_found, "no user " + printable(who.substr(0, 100)),
                 "GET /admin/api/users lists those that are there");
}

Result<db::User> user_of_id(db::Database& db, std::int64_t id, const std::string& who) {
    Result<db::User> found = db::find_user(db, who);
    bool other = found && found->id != id;  // somebody's name is that number
    if (!other) return found ? found : Result<db::User>(no_user(who));
    Result<db::User> numbered = db::find_user_by_id(db, id);
    bool none = !numbered && numbered.error().code == ErrorCode::not_found;
    return none ? no_user(who) : numbered;
}

void take(std::optional<std::int64_t>& limit, const Nullable<std::int64_t>& said) {
    if (said) limit = *said;
}

}  // namespace

Result<db::User> user_of(db::Database& db, const std::string& who) {
    if (std::optional<std::uint64_t> id = parse_unsigned(who); id && *id <= INT64_MAX)
        return user_of_id(db, static_cast<std::int64_t>(*id), who);
    Result<db::User> found = db::find_user(db, who);
    if (!found && found.error().code == ErrorCode::not_found) return no_user(who);
    return found;
}

Result<db::ApiKey> key_of(db::Database& db, const std::string& which) {
    // "USER/NAME" is no part of a path: what is asked for here is a row number or an id.
    bool is_id = which.find('/') == std::string::npos && !which.empty();
    Error none(ErrorCode::not_found, "no API key " + printable(which.substr(0, 100)),
               "GET /admin/api/apikeys lists those that are there");
    if (!is_id) return none;
    Result<db::ApiKey> found = db::find_key(db, which);
    if (!found) return found.error().code == ErrorCode::not_found ? Result<db::ApiKey>(none) : found;
    bool named = found->id == which || std::to_string(found->row) == which;
    return named && found->revoked_ms == 0 ? found : Result<db::ApiKey>(none);
}

db::NewKey read_new_key(Fields& fields, std::int64_t now_ms) {
    db::NewKey key;
    key.name = fields.text("name").value_or("default");
    key.expires_ms = fields.expiry(now_ms).value_or(0);
    key.models = fields.list("models").value_or(std::vector<std::string>());
    key.limits = fields.limits();
    key.budget_micro = fields.money("budget");
    if (key.budget_micro && *key.budget_micro < 0) fields.complain("budget", "must be 0 or more");
    return key;
}

KeyPatch read_key_patch(Fields& fields, std::int64_t now_ms) {
    KeyPatch patch;
    patch.expires_ms = fields.expiry(now_ms);
    patch.models = fields.list("models");
    patch.requests_per_minute = fields.nullable_number("requests_per_minute");
    patch.tokens_per_minute = fields.nullable_number("tokens_per_minute");
    patch.max_concurrent = fields.nullable_number("max_concurrent");
    patch.budget_micro = fields.nullable_money("budget");
    if (patch.budget_micro && patch.budget_micro->value_or(0) < 0)
        fields.complain("budget", "must be 0 or more");
    return patch;
}

db::KeyChange change_of(const KeyPatch& patch, const db::ApiKey& key) {
    db::KeyChange change;
    change.expires_ms = patch.expires_ms;
    change.models = patch.models;
    change.budget_micro = patch.budget_micro;
    db::Limits limits = key.limits;
    take(limits.requests_per_minute, patch.requests_per_minute);
    take(limits.tokens_per_minute, patch.tokens_per_minute);
    take(limits.max_concurrent, patch.max_concurrent);
    if (!(limits == key.limits)) change.limits = limits;
    return change;
}

db::Actor actor_of(const Exchange& x) {
    return {x.caller ? x.caller->user : "anonymous", x.client.remote_address()};
}

}  // namespace aihub::serve
