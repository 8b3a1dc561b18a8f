#include "shared/db/delegation.hpp"

#include <algorithm>

#include "shared/db/key_rows.hpp"
#include "shared/db/model_globs.hpp"
#include "shared/db/statement.hpp"

namespace aihub::db {
namespace {

using Limit = std::optional<std::int64_t>;

Error wider(const std::string& what, const ApiKey& parent) {
    return Error(ErrorCode::invalid_input, what + " than the key " + parent.user + "/" + parent.name,
                 "a delegated key can only be narrower");
}

bool exceeds(const Limit& parent, const Limit& own) {
    return parent && (!own || *own > *parent);
}

Limit smaller(const Limit& parent, const Limit& own) {
    if (!parent || !own) return parent ? parent : own;
    return std::min(*parent, *own);
}

Limits smaller(const Limits& parent, const Limits& own) {
    return {smaller(parent.requests_per_minute, own.requests_per_minute),
            smaller(parent.tokens_per_minute, own.tokens_per_minute),
            smaller(parent.max_concurrent, own.max_concurrent)};
}

std::int64_t earlier(std::int64_t parent_ms, std::int64_t own_ms) {
    if (parent_ms == 0 || own_ms == 0) return std::max(parent_ms, own_ms);
    return std::min(parent_ms, own_ms);
}

Result<std::optional<std::int64_t>> levels_above(sqlite3* handle, std::int64_t row) {
    return select_integer(handle,
                          "WITH RECURSIVE above (id, parent_id) AS ("
                          "SELECT id, parent_id FROM keys WHERE id = ? UNION "
                          "SELECT keys.id, keys.parent_id FROM keys JOIN above ON keys.id = above.parent_id) "
                          "SELECT count(*) FROM above",
                          row);
}

ApiKey narrowed(const ApiKey& parent, ApiKey key) {
    key.expires_ms = earlier(parent.expires_ms, key.expires_ms);
    key.limits = smaller(parent.limits, key.limits);
    if (parent.budget_micro && key.budget_micro)
        key.budget_micro = smaller(parent.budget_micro, key.budget_micro);
    if (covers(parent.models, key.models)) return key;
    key.models = key.models.empty() ? parent.models : common_globs(parent.models, key.models);
    return key;
}

}  // namespace

Result<ApiKey> find_parent(sqlite3* handle, const NewKey& wanted) {
    if (wanted.admin || wanted.worker)
        return Error(ErrorCode::invalid_input, "an admin's or a worker's key cannot be delegated",
                     "leave out what it is delegated from");
    Result<ApiKey> parent = live_key(handle, wanted.parent);
    if (!parent) return parent;
    if (parent->user != wanted.user)
        return Error(ErrorCode::not_found, "no live key " + wanted.parent + " of " + wanted.user);
    Result<std::optional<std::int64_t>> depth = levels_above(handle, parent->row);
    if (!depth) return depth.error();
    if (depth->value_or(0) < deepest_delegation + 1) return parent;
    return Error(ErrorCode::invalid_input,
                 "a key cannot be delegated more than " + std::to_string(deepest_delegation) + " times over",
                 "delegate it from a key further up");
}

NewKey inherit(const NewKey& wanted, const ApiKey& parent) {
    NewKey key = wanted;
    if (key.expires_ms == 0) key.expires_ms = parent.expires_ms;
    if (key.models.empty()) key.models = parent.models;
    const Limits& above = parent.limits;
    if (!key.limits.requests_per_minute) key.limits.requests_per_minute = above.requests_per_minute;
    if (!key.limits.tokens_per_minute) key.limits.tokens_per_minute = above.tokens_per_minute;
    if (!key.limits.max_concurrent) key.limits.max_concurrent = above.max_concurrent;
    return key;
}

// A budget of its own is not needed below one: what it costs is taken from that, too.
Result<void> check_narrower(const ApiKey& parent, const ApiKey& key) {
    if (parent.expires_ms != 0 && (key.expires_ms == 0 || key.expires_ms > parent.expires_ms))
        return wider("it would live longer", parent);
    if (!covers(parent.models, key.models)) return wider("it would have other models", parent);
    if (exceeds(parent.limits.requests_per_minute, key.limits.requests_per_minute))
        return wider("it would have more requests a minute", parent);
    if (exceeds(parent.limits.tokens_per_minute, key.limits.tokens_per_minute))
        return wider("it would have more tokens a minute", parent);
    if (exceeds(parent.limits.max_concurrent, key.limits.max_concurrent))
        return wider("it would have more requests at once", parent);
    if (key.budget_micro && exceeds(parent.budget_micro, key.budget_micro))
        return wider("it would have a larger budget", parent);
    return {};
}

Result<void> check_within_parent(sqlite3* handle, const ApiKey& key) {
    if (key.parent.empty()) return {};
    Result<ApiKey> parent = only_one(select_keys(handle, "k.handle = ?", key.parent), key.parent);
    if (!parent) return parent.error();
    return check_narrower(*parent, key);
}

Result<void> narrow_descendants(sqlite3* handle, const ApiKey& key, std::int64_t now) {
    Result<std::vector<ApiKey>> below = live_descendants(handle, key.row);
    if (!below) return below.error();
    for (const ApiKey& child : *below) {
        ApiKey fitting = narrowed(key, child);
        bool nothing_left = fitting.models.empty() && !key.models.empty();
        Result<void> stored =
            nothing_left ? execute(handle, "UPDATE keys SET revoked_ms = ? WHERE id = ?", now, child.row)
                         : store_change(handle, fitting);
        if (!stored) return stored;
    }
    return {};
}

}  // namespace aihub::db
