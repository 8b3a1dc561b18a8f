#include "shared/db/database.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <chrono>
#include <map>
#include <thread>
#include <utility>

#include "shared/db/failure.hpp"
#include "shared/db/migrations.hpp"
#include "shared/db/statement.hpp"
#include "shared/db/storage.hpp"
#include "shared/db/transaction.hpp"

namespace aihub::db {
namespace {

// Keys and balances must survive a power cut: synchronous FULL. No trust in functions that a schema written
// by somebody else might call.
constexpr const char* connection_settings = R"sql(
PRAGMA foreign_keys = ON;
PRAGMA trusted_schema = OFF;
PRAGMA synchronous = FULL;
PRAGMA wal_autocheckpoint = 0;
)sql";

// Else a log that was copied would keep its size, and every commit after that would find it large.
Result<void> limit_log(sqlite3* handle) {
    return execute(handle, "PRAGMA journal_size_limit = " + std::to_string(Transaction::largest_wal));
}

// Keeps SQLite from reading more than a path into it (":memory:", "file:…").
std::string plain_path(const std::string& path) {
    return path.starts_with('/') ? path : "./" + path;
}

Result<std::string> set_journal_mode(sqlite3* handle) {
    Result<Statement> statement = Statement::prepare(handle, "PRAGMA journal_mode = WAL");
    if (!statement) return statement.error();
    Result<bool> row = statement->next();
    if (!row) return row.error();
    return statement->text(0);
}

// SQLite does not wait here: when several processes switch a new file at once it calls it locked at once.
Result<void> use_wal(sqlite3* handle) {
    auto deadline = std::chrono::steady_clock::now() + busy_timeout;
    for (;;) {
        Result<std::string> mode = set_journal_mode(handle);
        if (mode && *mode == "wal") return {};
        if (mode)
            return Error(ErrorCode::io,
                         std::string(sqlite3_db_filename(handle, "main")) +
                             " is on a file system without shared memory",
                         "keep the database on a local disk");
        if (mode.error().code != ErrorCode::busy || std::chrono::steady_clock::now() > deadline)
            return mode.error();
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}

Result<void> set_up_writer(sqlite3* handle) {
    Result<void> switched = use_wal(handle);
    if (!switched) return switched;
    return migrate(handle);
}

Result<void> set_up_reader(sqlite3* handle) {
    Result<std::int64_t> version = schema_version(handle);
    if (!version) return version.error();
    if (*version > 0) return {};
    return Error(ErrorCode::not_found,
                 std::string("nothing is in ") + sqlite3_db_filename(handle, "main") + " yet");
}

Result<void> set_up(sqlite3* handle, OpenMode mode) {
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, static_cast<int>(busy_timeout.count()));
    Result<void> done = execute_script(handle, connection_settings);
    if (done) done = limit_log(handle);
    if (done) done = check_identity(handle);
    if (!done) return done;
    return mode == OpenMode::read_write ? set_up_writer(handle) : set_up_reader(handle);
}

Error cannot_open(sqlite3* handle, const std::string& path, OpenMode mode) {
    Error error = failure(handle, path);
    bool missing = mode == OpenMode::read_only && sqlite3_system_errno(handle) == ENOENT;
    return missing ? Error(ErrorCode::not_found, error.message) : error;
}

}  // namespace

struct Database::KeptStatements {
    std::map<std::string_view, Statement> by_sql;
};

Result<Database> Database::open(const std::string& path, OpenMode mode) {
    if (path.empty())
        return Error(ErrorCode::invalid_input, "the database has no name", "name a file with --db");
    std::string place = plain_path(path);
    bool writes = mode == OpenMode::read_write;
    Result<void> made = writes ? make_storage(place) : Result<void>();
    if (!made) return made.error();
    sqlite3* handle = nullptr;
    int flags = (writes ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX;
    int code = sqlite3_open_v2(place.c_str(), &handle, flags, nullptr);
    Database database(handle);
    if (code != SQLITE_OK) return cannot_open(handle, path, mode);
    Result<void> ready = set_up(handle, mode);
    if (!ready) return ready.error();
    return database;
}

Database::Database(sqlite3* handle) : handle_(handle), kept_(std::make_unique<KeptStatements>()) {}

Database::Database(Database&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)), kept_(std::move(other.kept_)) {}

Database& Database::operator=(Database&& other) noexcept {
    std::swap(handle_, other.handle_);
    std::swap(kept_, other.kept_);
    return *this;
}

Database::~Database() {
    kept_.reset();  // a connection with open statements cannot be closed
    sqlite3_close(handle_);
}

Result<Statement*> Database::kept(std::string_view sql) {
    auto known = kept_->by_sql.find(sql);
    if (known != kept_->by_sql.end()) return &known->second;
    Result<Statement> made = Statement::prepare(handle_, sql);
    if (!made) return made.error();
    return &kept_->by_sql.emplace(sql, std::move(*made)).first->second;
}

std::string Database::path() const {
    return sqlite3_db_filename(handle_, "main");
}

void Database::wait_at_most(std::chrono::milliseconds patience) {
    sqlite3_busy_timeout(handle_, static_cast<int>(patience.count()));
}

Result<std::int64_t> Database::data_version() {
    Result<std::optional<std::int64_t>> version = select_integer(handle_, "PRAGMA data_version");
    if (!version) return version.error();
    return version->value_or(0);
}

std::string library_version() {
    return sqlite3_libversion();
}

}  // namespace aihub::db
