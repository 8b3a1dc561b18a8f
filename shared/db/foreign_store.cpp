#include "shared/db/foreign_store.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "shared/base/strings.hpp"
#include "shared/db/database.hpp"
#include "shared/db/failure.hpp"
#include "shared/db/migrations.hpp"
#include "shared/db/statement.hpp"

namespace aihub::db {
namespace {

struct Finalise {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Rows = std::unique_ptr<sqlite3_stmt, Finalise>;

std::string quoted(const std::string& name) {
    std::string text = "\"";
    for (char c : name) text.append(c == '"' ? 2 : 1, c);
    return text + "\"";
}

std::vector<std::string> column_names(sqlite3_stmt* rows) {
    std::vector<std::string> names;
    for (int i = 0; i < sqlite3_column_count(rows); ++i) names.emplace_back(sqlite3_column_name(rows, i));
    return names;
}

std::optional<std::string> value_at(sqlite3_stmt* rows, int column) {
    if (sqlite3_column_type(rows, column) == SQLITE_NULL) return std::nullopt;
    const unsigned char* text = sqlite3_column_text(rows, column);
    auto length = static_cast<std::size_t>(sqlite3_column_bytes(rows, column));
    return text ? std::string(reinterpret_cast<const char*>(text), length) : std::string();
}

std::vector<std::optional<std::string>> values_of(sqlite3_stmt* rows) {
    std::vector<std::optional<std::string>> values;
    for (int i = 0; i < sqlite3_column_count(rows); ++i) values.push_back(value_at(rows, i));
    return values;
}

}  // namespace

Result<ForeignStore> ForeignStore::open(const std::string& path) {
    std::string place = path.starts_with('/') ? path : "./" + path;
    sqlite3* handle = nullptr;
    int code = sqlite3_open_v2(place.c_str(), &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
    ForeignStore store(handle);
    sqlite3_busy_timeout(handle, static_cast<int>(busy_timeout.count()));
    if (code == SQLITE_OK) return store;
    Error error = failure(handle, path);
    bool missing = sqlite3_system_errno(handle) == ENOENT;
    return missing ? Error(ErrorCode::not_found, error.message) : error;
}

ForeignStore::ForeignStore(ForeignStore&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

ForeignStore& ForeignStore::operator=(ForeignStore&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
}

ForeignStore::~ForeignStore() {
    sqlite3_close(handle_);
}

Result<std::vector<std::string>> ForeignStore::tables() {
    return select_all(
        handle_, [](const Statement& row) { return row.text(0); },
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
        "ORDER BY name");
}

Result<ForeignTable> ForeignStore::read(const std::string& table) {
    Result<std::vector<std::string>> known = tables();
    if (!known) return known.error();
    if (std::find(known->begin(), known->end(), table) == known->end())
        return Error(ErrorCode::not_found, "the file has no table " + printable(table));
    std::string sql = "SELECT * FROM " + quoted(table);
    sqlite3_stmt* prepared = nullptr;
    if (sqlite3_prepare_v2(handle_, sql.c_str(), -1, &prepared, nullptr) != SQLITE_OK)
        return failure(handle_);
    Rows rows(prepared);
    ForeignTable read{column_names(rows.get()), {}};
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(rows.get())) == SQLITE_ROW) read.rows.push_back(values_of(rows.get()));
    if (code != SQLITE_DONE) return failure(handle_);
    return read;
}

Result<bool> ForeignStore::is_ours() {
    Result<std::optional<std::int64_t>> owner = select_integer(handle_, "PRAGMA application_id");
    if (!owner) return owner.error();
    return owner->value_or(0) == application_id;
}

}  // namespace aihub::db
