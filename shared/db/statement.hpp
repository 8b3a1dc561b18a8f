// One SQL statement with its values. Finalised when it goes out of scope; must not outlive its Database.
// Private to shared/db: SQL text stays beside the function that runs it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/crypto/hash.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace aihub::db {

// A text that may have a number to stand for it; without one (0) an empty text is NULL.
struct TextOrNumber {
    std::string_view text;
    std::int64_t number = 0;
};

class Statement {
public:
    // `values` stand for the ?s, in order: std::int64_t, bool, text, a digest, or std::nullopt for NULL.
    template <typename... Values>
    static Result<Statement> prepare(sqlite3* handle, std::string_view sql, const Values&... values) {
        Result<Statement> made = compile(handle, sql);
        int at = 0;
        if (made) (made->bind(++at, values), ...);
        return made;
    }

    Result<bool> next();  // true: a row stands ready

    // Runs it once more, with other values, to its end; rows are dropped. The values are not copied.
    template <typename... Values>
    Result<void> run(const Values&... values) {
        Result<bool> row = start(values...);
        while (row && *row) row = next();
        reset();
        return row ? Result<void>() : row.error();
    }

    // The same for a statement with the values of several rows; `values_of(row)` gives a tuple of each one's.
    template <typename Row, typename ValuesOf>
    Result<void> run_for_rows(std::span<const Row> rows, const ValuesOf& values_of) {
        reset();
        int at = 0;
        for (const Row& row : rows)
            std::apply([&](const auto&... values) { (rebind(++at, values), ...); }, values_of(row));
        Result<bool> done = next();
        reset();
        return done ? Result<void>() : done.error();
    }

    // The same for the first column of the first row; nothing when there is no row.
    template <typename... Values>
    Result<std::optional<std::int64_t>> run_for_integer(const Values&... values) {
        Result<bool> row = start(values...);
        std::optional<std::int64_t> found;
        if (row && *row) found = integer(0);
        reset();
        if (!row) return row.error();
        return found;
    }

    bool is_null(int column) const;
    std::int64_t integer(int column) const;  // 0 for NULL
    std::optional<std::int64_t> optional_integer(int column) const;
    std::string text(int column) const;
    crypto::Digest digest(int column) const;  // zeros unless the column holds 32 bytes

private:
    struct Finalise {
        void operator()(sqlite3_stmt* statement) const;
    };

    explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
    static Result<Statement> compile(sqlite3* handle, std::string_view sql);
    void bind(int at, std::int64_t value);
    void bind(int at, std::string_view value);
    void bind(int at, const crypto::Digest& value);
    void bind(int at, std::nullopt_t);
    void bind(int at, const std::optional<std::int64_t>& value);
    void bind(int at, const TextOrNumber& value);
    template <typename Value>
    void rebind(int at, const Value& value) {
        if constexpr (std::is_convertible_v<const Value&, std::string_view>)
            lend(at, value);
        else
            bind(at, value);
    }
    void lend(int at, std::string_view value);
    template <typename... Values>
    Result<bool> start(const Values&... values) {
        reset();
        int at = 0;
        (rebind(++at, values), ...);
        return next();
    }
    void reset();

    std::unique_ptr<sqlite3_stmt, Finalise> statement_;
    bool bound_ = true;
};

// Runs it to its end; rows are dropped.
template <typename... Values>
Result<void> execute(sqlite3* handle, std::string_view sql, const Values&... values) {
    Result<Statement> statement = Statement::prepare(handle, sql, values...);
    if (!statement) return statement.error();
    for (;;) {
        Result<bool> row = statement->next();
        if (!row) return row.error();
        if (!*row) return {};
    }
}

// `visit` sees one row after the other.
template <typename Visit, typename... Values>
Result<void> visit_all(sqlite3* handle, Visit visit, std::string_view sql, const Values&... values) {
    Result<Statement> statement = Statement::prepare(handle, sql, values...);
    if (!statement) return statement.error();
    for (;;) {
        Result<bool> row = statement->next();
        if (!row) return row.error();
        if (!*row) return {};
        visit(std::as_const(*statement));
    }
}

// What `read` makes of each row.
template <typename Read, typename... Values>
auto select_all(sqlite3* handle, Read read, std::string_view sql, const Values&... values)
    -> Result<std::vector<decltype(read(std::declval<const Statement&>()))>> {
    std::vector<decltype(read(std::declval<const Statement&>()))> rows;
    Result<void> done =
        visit_all(handle, [&](const Statement& row) { rows.push_back(read(row)); }, sql, values...);
    if (!done) return done.error();
    return rows;
}

// The first column of the first row; nothing when there is no row.
template <typename... Values>
Result<std::optional<std::int64_t>> select_integer(sqlite3* handle, std::string_view sql,
                                                   const Values&... values) {
    Result<Statement> statement = Statement::prepare(handle, sql, values...);
    if (!statement) return statement.error();
    Result<bool> row = statement->next();
    if (!row) return row.error();
    return *row ? std::optional(statement->integer(0)) : std::nullopt;
}

// How many rows the connection's last INSERT, UPDATE or DELETE touched.
std::int64_t changed_rows(sqlite3* handle);

// Several statements in one text, without values.
Result<void> execute_script(sqlite3* handle, const char* sql);

}  // namespace aihub::db
