// A query that a person wrote, which may only read. Blocking.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/db/database.hpp"

namespace aihub::db {

using QueryValue = std::variant<std::monostate, std::int64_t, double, std::string>;  // monostate: NULL

struct QueryAnswer {
    std::vector<std::string> columns;
    std::vector<std::vector<QueryValue>> rows;
};

// invalid_input for what SQLite does not understand, for several statements, and for what would write.
Result<QueryAnswer> query(Database& db, std::string_view sql);

}  // namespace aihub::db
