// Self-service: users list, make, change, rotate and revoke keys of their own. Whose keys those are,
// own_keys.hpp says.
#include <algorithm>

#include "shared/base/clock.hpp"
#include "tools/aihub-serve/api/account_json.hpp"
#include "tools/aihub-serve/api/account_lookup.hpp"
#include "tools/aihub-serve/api/database_reply.hpp"
#include "tools/aihub-serve/api/endpoints.hpp"
#include "tools/aihub-serve/api/key_actions.hpp"
#include "tools/aihub-serve/api/own_keys.hpp"
#include "tools/aihub-serve/api/request_parts.hpp"

namespace aihub::serve {
namespace {

using translate::Json;

constexpr std::size_t key_part = 3;  // of /user/api/keys/{id}
constexpr std::size_t most_keys = 100;

// Why this caller has no keys to look after.
std::optional<Problem> not_a_user(const Exchange& x) {
    if (!x.caller)
        return Problem(403, "keys belong to users, and nobody has logged in; send an API key of yours");
    if (x.caller->user_id == 0)
        return Problem(403,
                       "this API key stands in the settings of the gateway, and its user has no others; "
                       "make users with `aihub-keys add USER`");
    if (x.caller->worker) return Problem(403, "this API key is a worker's; use one of a user");
    return std::nullopt;
}

FindKey own_key(const Exchange& x) {
    return [self = self_of(x), which = path_part(x, key_part)](db::Database& db) -> Result<db::ApiKey> {
        Result<OwnKeys> own = own_keys(db, self);
        if (!own) return own.error();
        const db::ApiKey* key = own->find(which);
        return key ? Result<db::ApiKey>(*key) : no_such_key(which);
    };
}

// The same of a key whose limits the caller may change.
FindKey own_key_to_change(const Exchange& x) {
    return [self = self_of(x), find = own_key(x)](db::Database& db) -> Result<db::ApiKey> {
        Result<db::ApiKey> key = find(db);
        if (!key || key->row != self.key_row || !is_limited(*key)) return key;
        return Error(ErrorCode::unauthorized, "a limited API key cannot change its own limits",
                     "use the key that it was made from, or ask the administrator");
    };
}

// The key that a new one is made from: the one named, else the caller's when it is limited; else none.
Result<std::string> parent_of_new(const OwnKeys& own, const std::string& named) {
    if (named.empty()) return own.limited ? own.caller.id : std::string();
    const db::ApiKey* parent = own.find(named);
    if (!parent) return no_such_key(named);
    return parent->id;
}

Result<std::string> make(db::Database& db, const Self& self, db::NewKey wanted, const db::Actor& actor) {
    Result<OwnKeys> own = own_keys(db, self);
    if (!own) return own.error();
    if (own->all >= most_keys)
        return Error(ErrorCode::conflict, "there are 100 API keys of yours already", "revoke one first");
    Result<std::string> parent = parent_of_new(*own, wanted.parent);
    if (!parent) return parent.error();
    wanted.user = self.user;
    wanted.parent = *parent;
    Result<db::MadeKey> made = db::make_key(db, wanted, actor);
    if (!made) return made.error();
    return made_key_json(*made);
}

// As each_key() gives one.
std::vector<db::ApiKey> page_of(std::vector<db::ApiKey> keys, const db::Page& page) {
    std::erase_if(keys, [&](const db::ApiKey& key) { return key.row <= page.after; });
    std::sort(keys.begin(), keys.end(),
              [](const db::ApiKey& a, const db::ApiKey& b) { return a.row < b.row; });
    if (page.limit >= 0) keys.resize(std::min(keys.size(), static_cast<std::size_t>(page.limit)));
    return keys;
}

}  // namespace

net::Task<Reply> list_own_keys(Exchange& x) {
    if (std::optional<Problem> problem = not_a_user(x)) co_return problem_reply(x, *problem);
    Result<std::optional<db::Page>> page = query_page(x);
    if (!page) co_return failure_reply(x, page.error());
    auto work = [self = self_of(x), page = *page](db::Database& db) -> Result<std::string> {
        Result<OwnKeys> own = own_keys(db, self);
        if (!own) return own.error();
        return json_list(page ? page_of(std::move(own->visible), *page) : own->visible, key_json);
    };
    co_return co_await reply_from(x, std::move(work));
}

net::Task<Reply> make_own_key(Exchange& x) {
    if (std::optional<Problem> problem = not_a_user(x)) co_return problem_reply(x, *problem);
    Json body;
    std::optional<Problem> problem = co_await read_object(x, body);
    if (problem) co_return problem_reply(x, *problem);
    Fields fields(body);
    db::NewKey wanted = read_new_key(fields, now_ms());
    wanted.parent = fields.text("parent").value_or("");
    if (Result<void> read = fields.finish(); !read) co_return failure_reply(x, read.error());
    auto work = [&, self = self_of(x), actor = actor_of(x)](db::Database& db) {
        return make(db, self, wanted, actor);
    };
    co_return co_await reply_from_change(x, std::move(work));
}

net::Task<Reply> change_own_key(Exchange& x) {
    if (std::optional<Problem> problem = not_a_user(x)) co_return problem_reply(x, *problem);
    co_return co_await change_found_key(x, own_key_to_change(x));
}

net::Task<Reply> rotate_own_key(Exchange& x) {
    if (std::optional<Problem> problem = not_a_user(x)) co_return problem_reply(x, *problem);
    co_return co_await rotate_found_key(x, own_key(x));
}

net::Task<Reply> revoke_own_key(Exchange& x) {
    if (std::optional<Problem> problem = not_a_user(x)) co_return problem_reply(x, *problem);
    co_return co_await revoke_found_key(x, own_key(x));
}

}  // namespace aihub::serve
