#include "shared/db/key_rows.hpp"

#include "shared/base/strings.hpp"
#include "shared/db/model_globs.hpp"

namespace aihub::db {
namespace {

constexpr std::size_t shortest_handle = 6;

Error no_such_key(const std::string& target) {
    return Error(ErrorCode::not_found, "no live key " + printable(target), "aihub-keys list shows them");
}

bool is_handle(const std::string& text) {
    bool digits = text.find_first_not_of("0123456789abcdef") == std::string::npos;
    return digits && text.size() >= shortest_handle && text.size() <= handle_length;
}

// Revoked ones too: who names one by its number shall not hit another whose id begins with these digits.
Result<std::vector<ApiKey>> keys_by_row(sqlite3* handle, const std::string& target) {
    std::optional<std::uint64_t> row = parse_unsigned(target);
    if (!row || *row > static_cast<std::uint64_t>(INT64_MAX)) return std::vector<ApiKey>();
    return select_keys(handle, "k.id = ?", static_cast<std::int64_t>(*row));
}

Result<ApiKey> one_of_both(const std::vector<ApiKey>& by_row, const Result<std::vector<ApiKey>>& by_id,
                           const std::string& target) {
    if (by_row.empty() || !by_id) return only_one(by_id, target);
    const ApiKey& numbered = by_row.front();
    if (by_id->empty() || (by_id->size() == 1 && by_id->front().row == numbered.row))
        return numbered.revoked_ms == 0 ? Result<ApiKey>(numbered) : no_such_key(target);
    return Error(ErrorCode::invalid_input, target + " is a key's number and the beginning of another's id",
                 "write USER/NAME instead");
}

}  // namespace

std::string handle_of(const crypto::Digest& hash) {
    return crypto::to_hex(hash).substr(0, handle_length);
}

ApiKey read_key(const Statement& row) {
    ApiKey key;
    key.row = row.integer(0);
    key.id = row.text(1);
    key.name = row.text(2);
    key.hint = row.text(3);
    key.user_id = row.integer(4);
    key.user = row.text(5);
    key.tier = row.text(6);
    key.kind = row.text(7);
    key.created_ms = row.integer(8);
    key.expires_ms = row.integer(9);
    key.revoked_ms = row.integer(10);
    key.last_used_ms = row.integer(11);
    key.models = split_globs(row.text(12));
    key.limits = {row.optional_integer(13), row.optional_integer(14), row.optional_integer(15)};
    key.budget_micro = row.optional_integer(16);
    key.spent_micro = row.integer(17);
    key.parent = row.text(18);
    key.previous_hint = row.text(19);
    key.previous_until_ms = row.integer(20);
    return key;
}

std::string key_query(std::string_view where, std::string_view more) {
    return "SELECT k.id, k.handle, k.name, k.hint, k.user_id, u.name, u.tier, k.kind, k.created_ms, "
           "k.expires_ms, k.revoked_ms, k.last_used_ms, k.models, k.requests_per_minute, "
           "k.tokens_per_minute, k.max_concurrent, k.budget_micro, k.spent_micro, "
           "(SELECT handle FROM keys WHERE id = k.parent_id), k.previous_hint, k.previous_until_ms" +
           std::string(more) + " FROM keys k JOIN users u ON u.id = k.user_id WHERE " + std::string(where);
}

Result<std::vector<ApiKey>> live_keys_named(sqlite3* handle, const std::string& user,
                                            const std::string& name) {
    return select_keys(handle, "u.name = ? AND k.name = ? AND k.revoked_ms IS NULL", user, name);
}

Result<std::vector<ApiKey>> live_keys_by_id(sqlite3* handle, const std::string& beginning) {
    if (!is_handle(beginning)) return std::vector<ApiKey>();
    // A range, so that the index serves: no digit is above f.
    return select_keys(handle, "k.handle BETWEEN ?1 AND ?1 || 'g' AND k.revoked_ms IS NULL", beginning);
}

Result<ApiKey> only_one(const Result<std::vector<ApiKey>>& found, const std::string& target) {
    if (!found) return found.error();
    if (found->empty()) return no_such_key(target);
    if (found->size() == 1) return found->front();
    return Error(ErrorCode::invalid_input, std::to_string(found->size()) + " keys begin with " + target,
                 "write more of the id");
}

Result<ApiKey> live_key(sqlite3* handle, const std::string& target) {
    std::size_t slash = target.find('/');
    if (slash != std::string::npos)
        return only_one(live_keys_named(handle, target.substr(0, slash), target.substr(slash + 1)), target);
    Result<std::vector<ApiKey>> by_row = keys_by_row(handle, target);
    if (!by_row) return by_row.error();
    return one_of_both(*by_row, live_keys_by_id(handle, target), target);
}

Result<std::vector<ApiKey>> live_descendants(sqlite3* handle, std::int64_t row) {
    return select_keys(handle,
                       "k.revoked_ms IS NULL AND k.id IN (WITH RECURSIVE below (id) AS ("
                       "SELECT id FROM keys WHERE parent_id = ? "
                       "UNION SELECT keys.id FROM keys JOIN below ON keys.parent_id = below.id) "
                       "SELECT id FROM below)",
                       row);
}

Result<void> store_change(sqlite3* handle, const ApiKey& key) {
    return execute(handle,
                   "UPDATE keys SET expires_ms = nullif(?, 0), models = nullif(?, ''), "
                   "requests_per_minute = ?, tokens_per_minute = ?, max_concurrent = ?, budget_micro = ? "
                   "WHERE id = ?",
                   key.expires_ms, join_globs(key.models), key.limits.requests_per_minute,
                   key.limits.tokens_per_minute, key.limits.max_concurrent, key.budget_micro, key.row);
}

}  // namespace aihub::db
