// Keys of anybody, for admins.
#include "shared/base/clock.hpp"
#include "tools/aihub-serve/api/account_json.hpp"
#include "tools/aihub-serve/api/account_lookup.hpp"
#include "tools/aihub-serve/api/database_reply.hpp"
#include "tools/aihub-serve/api/endpoints.hpp"
#include "tools/aihub-serve/api/request_parts.hpp"

namespace aihub::serve {
namespace {

using translate::Json;

constexpr std::size_t user_part = 3;  // of /admin/api/users/{id}/apikey
constexpr std::size_t key_part = 3;   // of /admin/api/apikeys/{id}

Result<std::string> keys_text(db::Database& db, const db::KeyFilter& filter) {
    Result<std::vector<db::ApiKey>> keys = db::list_keys(db, filter);
    if (!keys) return keys.error();
    return json_list(*keys, key_json);
}

}  // namespace

net::Task<Reply> list_keys(Exchange& x) {
    std::string user = query_value(x, "user").value_or("");
    bool all = query_value(x, "all").value_or("0") != "0";
    return reply_from(x, [user, all](db::Database& db) -> Result<std::string> {
        db::KeyFilter filter;
        filter.revoked_too = all;
        if (user.empty()) return keys_text(db, filter);
        Result<db::User> found = user_of(db, user);
        if (!found) return found.error();
        filter.user = found->name;
        return keys_text(db, filter);
    });
}

net::Task<Reply> list_user_keys(Exchange& x) {
    return reply_from(x, [who = path_part(x, user_part)](db::Database& db) -> Result<std::string> {
        Result<db::User> user = user_of(db, who);
        if (!user) return user.error();
        db::KeyFilter filter;
        filter.user = user->name;
        return keys_text(db, filter);
    });
}

net::Task<Reply> make_user_key(Exchange& x) {
    Json body;
    std::optional<Problem> problem = co_await read_object(x, body);
    if (problem) co_return problem_reply(x, *problem);
    Fields fields(body);
    fields.accept("user_id");  // the older gateway wants it beside the path's
    db::NewKey wanted = read_new_key(fields, now_ms());
    wanted.admin = fields.flag("admin").value_or(false);
    wanted.worker = fields.flag("worker").value_or(false);
    if (wanted.admin && wanted.worker) fields.complain("worker", "a key is for an admin or for a worker");
    wanted.parent = fields.text("parent").value_or("");
    if (Result<void> read = fields.finish(); !read) co_return failure_reply(x, read.error());
    auto work = [&, who = path_part(x, user_part),
                 actor = actor_of(x)](db::Database& db) -> Result<std::string> {
        Result<db::User> user = user_of(db, who);
        if (!user) return user.error();
        wanted.user = user->name;
        Result<db::MadeKey> made = db::make_key(db, wanted, actor);
        if (!made) return made.error();
        return made_key_json(*made);
    };
    co_return co_await reply_from_change(x, std::move(work));
}

net::Task<Reply> show_key(Exchange& x) {
    return reply_from(x, [which = path_part(x, key_part)](db::Database& db) -> Result<std::string> {
        Result<db::ApiKey> key = key_of(db, which);
        if (!key) return key.error();
        return key_json(*key);
    });
}

net::Task<Reply> change_key(Exchange& x) {
    Json body;
    std::optional<Problem> problem = co_await read_object(x, body);
    if (problem) co_return problem_reply(x, *problem);
    Fields fields(body);
    KeyPatch patch = read_key_patch(fields, now_ms());
    if (Result<void> read = fields.finish(); !read) co_return failure_reply(x, read.error());
    auto work = [&, which = path_part(x, key_part),
                 actor = actor_of(x)](db::Database& db) -> Result<std::string> {
        Result<db::ApiKey> key = key_of(db, which);
        if (key) key = db::change_key(db, key->id, change_of(patch, *key), actor);
        if (!key) return key.error();
        return key_json(*key);
    };
    co_return co_await reply_from_change(x, std::move(work));
}

net::Task<Reply> rotate_key(Exchange& x) {
    Json body;
    std::optional<Problem> problem = co_await read_object(x, body);
    if (problem) co_return problem_reply(x, *problem);
    Fields fields(body);
    std::int64_t grace = fields.span("grace").value_or(0);
    if (Result<void> read = fields.finish(); !read) co_return failure_reply(x, read.error());
    auto work = [=, which = path_part(x, key_part),
                 actor = actor_of(x)](db::Database& db) -> Result<std::string> {
        Result<db::ApiKey> key = key_of(db, which);
        if (!key) return key.error();
        Result<db::MadeKey> made = db::rotate_key(db, key->id, grace == 0 ? 0 : now_ms() + grace, actor);
        if (!made) return made.error();
        return made_key_json(*made);
    };
    co_return co_await reply_from_change(x, std::move(work));
}

net::Task<Reply> revoke_key(Exchange& x) {
    auto work = [which = path_part(x, key_part),
                 actor = actor_of(x)](db::Database& db) -> Result<std::string> {
        Result<db::ApiKey> key = key_of(db, which);
        if (key) key = db::revoke_key(db, key->id, actor);
        if (!key) return key.error();
        return JsonObject().text("status", "deleted").number("id", key->row).text("key_id", key->id).take();
    };
    return reply_from_change(x, std::move(work));
}

}  // namespace aihub::serve
