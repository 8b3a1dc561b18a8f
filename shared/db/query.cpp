#include "shared/db/query.hpp"

#include <sqlite3.h>

#include <memory>

#include "shared/base/strings.hpp"
#include "shared/db/failure.hpp"

namespace aihub::db {
namespace {

struct Finalise {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Prepared = std::unique_ptr<sqlite3_stmt, Finalise>;

Error refused(const std::string& why) {
    return Error(ErrorCode::invalid_input, why, "write one SELECT; see the columns of access_events");
}

Result<Prepared> prepare(sqlite3* handle, std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const char* rest = nullptr;
    int code = sqlite3_prepare_v2(handle, sql.data(), static_cast<int>(sql.size()), &statement, &rest);
    Prepared prepared(statement);
    if (code == SQLITE_ERROR) return refused(printable(sqlite3_errmsg(handle)));
    if (code != SQLITE_OK) return failure(handle);
    if (!prepared) return refused("there is no statement in the query");
    std::string_view behind = sql.substr(static_cast<std::size_t>(rest - sql.data()));
    if (behind.find_first_not_of(" \t\r\n;") != std::string_view::npos)
        return refused("the query is more than one statement");
    if (!sqlite3_stmt_readonly(statement)) return refused("the statement would change the database");
    return prepared;
}

QueryValue value_of(sqlite3_stmt* row, int column) {
    switch (sqlite3_column_type(row, column)) {
        case SQLITE_NULL:
            return std::monostate();
        case SQLITE_INTEGER:
            return std::int64_t{sqlite3_column_int64(row, column)};
        case SQLITE_FLOAT:
            return sqlite3_column_double(row, column);
        default:
            break;
    }
    auto* bytes = static_cast<const char*>(sqlite3_column_blob(row, column));
    auto size = static_cast<std::size_t>(sqlite3_column_bytes(row, column));
    return bytes ? std::string(bytes, size) : std::string();
}

std::vector<QueryValue> row_of(sqlite3_stmt* statement, int columns) {
    std::vector<QueryValue> row;
    for (int column = 0; column < columns; ++column) row.push_back(value_of(statement, column));
    return row;
}

}  // namespace

Result<QueryAnswer> query(Database& db, std::string_view sql) {
    Result<Prepared> statement = prepare(db.handle(), sql);
    if (!statement) return statement.error();
    QueryAnswer answer;
    int columns = sqlite3_column_count(statement->get());
    for (int column = 0; column < columns; ++column)
        answer.columns.emplace_back(sqlite3_column_name(statement->get(), column));
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(statement->get())) == SQLITE_ROW)
        answer.rows.push_back(row_of(statement->get(), columns));
    if (code == SQLITE_ERROR) return refused(printable(sqlite3_errmsg(db.handle())));
    if (code != SQLITE_DONE) return failure(db.handle());
    return answer;
}

}  // namespace aihub::db
