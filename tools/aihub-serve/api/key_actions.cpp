#include "tools/aihub-serve/api/key_actions.hpp"

#include "shared/base/clock.hpp"
#include "tools/aihub-serve/api/account_json.hpp"
#include "tools/aihub-serve/api/account_lookup.hpp"
#include "tools/aihub-serve/api/database_reply.hpp"
#include "tools/aihub-serve/api/request_parts.hpp"

namespace aihub::serve {

net::Task<Reply> change_found_key(Exchange& x, FindKey find) {
    translate::Json body;
    std::optional<Problem> problem = co_await read_object(x, body);
    if (problem) co_return problem_reply(x, *problem);
    Fields fields(body);
    KeyPatch patch = read_key_patch(fields, now_ms());
    if (Result<void> read = fields.finish(); !read) co_return failure_reply(x, read.error());
    auto work = [&, actor = actor_of(x)](db::Database& db) -> Result<std::string> {
        Result<db::ApiKey> key = find(db);
        if (key) key = db::change_key(db, key->id, change_of(patch, *key), actor);
        if (!key) return key.error();
        return key_json(*key);
    };
    co_return co_await reply_from_change(x, std::move(work));
}

net::Task<Reply> rotate_found_key(Exchange& x, FindKey find) {
    translate::Json body;
    std::optional<Problem> problem = co_await read_object(x, body);
    if (problem) co_return problem_reply(x, *problem);
    Fields fields(body);
    std::int64_t grace = fields.span("grace").value_or(0);
    if (Result<void> read = fields.finish(); !read) co_return failure_reply(x, read.error());
    auto work = [&, actor = actor_of(x)](db::Database& db) -> Result<std::string> {
        Result<db::ApiKey> key = find(db);
        if (!key) return key.error();
        Result<db::MadeKey> made = db::rotate_key(db, key->id, grace == 0 ? 0 : now_ms() + grace, actor);
        if (!made) return made.error();
        return made_key_json(*made);
    };
    co_return co_await reply_from_change(x, std::move(work));
}

net::Task<Reply> revoke_found_key(Exchange& x, FindKey find) {
    auto work = [&, actor = actor_of(x)](db::Database& db) -> Result<std::string> {
        Result<db::ApiKey> key = find(db);
        if (key) key = db::revoke_key(db, key->id, actor);
        if (!key) return key.error();
        return ObjectWriter().text("status", "deleted").number("id", key->row).text("key_id", key->id).take();
    };
    co_return co_await reply_from_change(x, std::move(work));
}

}  // namespace aihub::serve
