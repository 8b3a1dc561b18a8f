#include "shared/db/usage_known.hpp"

#include "shared/db/statement.hpp"

namespace aihub::db {

Result<std::vector<std::int64_t>> usage_ids_between(Database& db, std::int64_t least, std::int64_t greatest) {
    auto read = [](const Statement& row) { return row.integer(0); };
    return select_all(db.handle(), read, "SELECT id FROM usage WHERE id BETWEEN ? AND ? ORDER BY id", least,
                      greatest);
}

Result<std::optional<KeyOwner>> owner_of_key(Database& db, std::string_view key_id) {
    auto read = [](const Statement& row) { return KeyOwner{row.integer(0), row.integer(1)}; };
    Result<std::vector<KeyOwner>> found =
        select_all(db.handle(), read, "SELECT id, user_id FROM keys WHERE handle = ?", key_id);
    if (!found) return found.error();
    return found->empty() ? std::nullopt : std::optional(found->front());
}

}  // namespace aihub::db
