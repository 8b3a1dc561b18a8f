// Keys as rows, for the functions that find and change them. Private to shared/db.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/db/keys.hpp"
#include "shared/db/statement.hpp"

namespace aihub::db {

inline constexpr std::size_t handle_length = 12;

std::string handle_of(const crypto::Digest& hash);

ApiKey read_key(const Statement& row);
// The columns that read_key reads, `more` of them (", …"), and a condition with what follows it.
std::string key_query(std::string_view where, std::string_view more = {});

// By user, then creation.
inline constexpr const char* standard_order = "u.name, k.created_ms, k.id";

// In the standard order.
template <typename... Values>
Result<std::vector<ApiKey>> select_keys(sqlite3* handle, std::string_view where, const Values&... values) {
    return select_all(handle, read_key, key_query(std::string(where) + " ORDER BY " + standard_order),
                      values...);
}

Result<std::vector<ApiKey>> live_keys_named(sqlite3* handle, const std::string& user,
                                            const std::string& name);
// Live keys whose id begins so; none unless it is a beginning of at least 6 hex digits.
Result<std::vector<ApiKey>> live_keys_by_id(sqlite3* handle, const std::string& beginning);

// The live key that `target` means, as find_key says.
Result<ApiKey> live_key(sqlite3* handle, const std::string& target);
// not_found for none, invalid_input for several.
Result<ApiKey> only_one(const Result<std::vector<ApiKey>>& found, const std::string& target);

// Keys that were delegated from this one, and from those.
Result<std::vector<ApiKey>> live_descendants(sqlite3* handle, std::int64_t row);

// The columns that a change of a key may touch.
Result<void> store_change(sqlite3* handle, const ApiKey& key);

}  // namespace aihub::db
