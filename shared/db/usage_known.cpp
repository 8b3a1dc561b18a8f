#include "shared/db/usage_known.hpp"

#include "shared/db/statement.hpp"

namespace aihub::db {

Result<std::vector<std::int64_t>> usage_ids_from(Database& db, std::int64_t least) {
    auto read = [](const Statement& row) { return row.integer(0); };
    return select_all(db.handle(), read, "SELECT id FROM usage WHERE id >= ? ORDER BY id", least);
}

}  // namespace aihub::db
