// Keys of anybody, for admins.
#include "shared/base/clock.hpp"
#include "tools/aihub-serve/api/account_json.hpp"
#include "tools/aihub-serve/api/account_lookup.hpp"
#include "tools/aihub-serve/api/database_reply.hpp"
#include "tools/aihub-serve/api/endpoints.hpp"
#include "tools/aihub-serve/api/key_actions.hpp"
#include "tools/aihub-serve/api/request_parts.hpp"

namespace aihub::serve {
namespace {

using translate::Json;

constexpr std::size_t user_part = 3;  // of /admin/api/users/{id}/apikey
constexpr std::size_t key_part = 3;   // of /admin/api/apikeys/{id}

Result<std::string> keys_text(db::Database& db, const db::KeyFilter& filter) {
    ListWriter list;
    Result<void> read = db::each_key(db, filter, [&](const db::ApiKey& key) { list.add(key_json(key)); });
    if (!read) return read.error();
    return list.take();
}

// Of a user, or of everybody.
Result<std::string> keys_text_of(db::Database& db, const std::optional<std::string>& user,
                                 db::KeyFilter filter) {
    if (!user) return keys_text(db, filter);
    Result<db::User> found = user_of(db, *user);
    if (!found) return found.error();
    filter.user = found->name;
    return keys_text(db, filter);
}

net::Task<Reply> reply_with_keys(Exchange& x, std::optional<std::string> user, bool revoked_too) {
    Result<std::optional<db::Page>> page = query_page(x);
    if (!page) co_return failure_reply(x, page.error());
    db::KeyFilter filter;
    filter.revoked_too = revoked_too;
    filter.page = *page;
    co_return co_await reply_from(x, [&](db::Database& db) { return keys_text_of(db, user, filter); });
}

FindKey named_key(const Exchange& x) {
    return [which = path_part(x, key_part)](db::Database& db) { return key_of(db, which); };
}

}  // namespace

net::Task<Reply> list_keys(Exchange& x) {
    bool all = query_value(x, "all").value_or("0") != "0";
    std::optional<std::string> user = query_value(x, "user");
    if (user && user->empty()) user.reset();
    return reply_with_keys(x, user, all);
}

net::Task<Reply> list_user_keys(Exchange& x) {
    return reply_with_keys(x, path_part(x, user_part), false);
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
    return reply_from(x, [find = named_key(x)](db::Database& db) -> Result<std::string> {
        Result<db::ApiKey> key = find(db);
        if (!key) return key.error();
        return key_json(*key);
    });
}

net::Task<Reply> change_key(Exchange& x) {
    return change_found_key(x, named_key(x));
}

net::Task<Reply> rotate_key(Exchange& x) {
    return rotate_found_key(x, named_key(x));
}

net::Task<Reply> revoke_key(Exchange& x) {
    return revoke_found_key(x, named_key(x));
}

}  // namespace aihub::serve
