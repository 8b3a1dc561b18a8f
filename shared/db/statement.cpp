#include "shared/db/statement.hpp"

#include <sqlite3.h>

#include <algorithm>

#include "shared/db/failure.hpp"

namespace aihub::db {

void Statement::Finalise::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

Result<Statement> Statement::compile(sqlite3* handle, std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    int code = sqlite3_prepare_v2(handle, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
    if (code != SQLITE_OK) return failure(handle);
    return Statement(statement);
}

void Statement::bind(int at, std::int64_t value) {
    bound_ = sqlite3_bind_int64(statement_.get(), at, value) == SQLITE_OK && bound_;
}

void Statement::bind(int at, std::string_view value) {
    auto code =
        sqlite3_bind_text64(statement_.get(), at, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    bound_ = code == SQLITE_OK && bound_;
}

void Statement::bind(int at, const crypto::Digest& value) {
    auto code = sqlite3_bind_blob64(statement_.get(), at, value.data(), value.size(), SQLITE_TRANSIENT);
    bound_ = code == SQLITE_OK && bound_;
}

void Statement::bind(int at, std::nullopt_t) {
    bound_ = sqlite3_bind_null(statement_.get(), at) == SQLITE_OK && bound_;
}

void Statement::bind(int at, const std::optional<std::int64_t>& value) {
    if (value)
        bind(at, *value);
    else
        bind(at, std::nullopt);
}

void Statement::bind(int at, const TextOrNumber& value) {
    if (value.number != 0)
        bind(at, value.number);
    else if (value.text.empty())
        bind(at, std::nullopt);
    else
        lend(at, value.text);
}

void Statement::lend(int at, std::string_view value) {
    auto code =
        sqlite3_bind_text64(statement_.get(), at, value.data(), value.size(), SQLITE_STATIC, SQLITE_UTF8);
    bound_ = code == SQLITE_OK && bound_;
}

void Statement::reset() {
    sqlite3_reset(statement_.get());  // its code is that of the last step, which was reported then
}

Result<bool> Statement::next() {
    sqlite3* handle = sqlite3_db_handle(statement_.get());
    if (!bound_) return failure(handle);
    int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return failure(handle);
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::optional<std::int64_t> Statement::optional_integer(int column) const {
    return is_null(column) ? std::nullopt : std::optional(integer(column));
}

std::string Statement::text(int column) const {
    const unsigned char* text = sqlite3_column_text(statement_.get(), column);
    auto length = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
    return text ? std::string(reinterpret_cast<const char*>(text), length) : std::string();
}

crypto::Digest Statement::digest(int column) const {
    crypto::Digest digest{};
    auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_.get(), column));
    auto length = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
    if (bytes && length == digest.size()) std::copy_n(bytes, length, digest.begin());
    return digest;
}

std::int64_t changed_rows(sqlite3* handle) {
    return sqlite3_changes64(handle);
}

Result<void> execute_script(sqlite3* handle, const char* sql) {
    if (sqlite3_exec(handle, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return failure(handle);
    return {};
}

}  // namespace aihub::db
