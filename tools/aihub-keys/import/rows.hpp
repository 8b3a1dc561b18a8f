// What is imported, before anything is known of its meaning: rows of named texts, from CSV, JSON or NDJSON.
// Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/db/foreign_store.hpp"

namespace aihub::keys {

struct Row {
    std::string place;                          // "line 3": where to look when it is wrong
    std::map<std::string, std::string> values;  // by column; what is empty or null is not there

    bool has(const std::string& column) const { return values.contains(column); }
    // Empty when it is not there.
    std::string text(const std::string& column) const;
};

struct Rows {
    std::vector<std::string> columns;  // that any row has
    std::vector<Row> rows;

    bool has(std::string_view column) const;
};

// Cells of RFC 4180, each line's with its number; LF alone ends a line, too. invalid_input for a quotation
// mark that is not closed.
struct CsvLine {
    std::size_t number;
    std::vector<std::string> cells;
};
Result<std::vector<CsvLine>> parse_csv(std::string_view text);

// A CSV with a line of titles, a JSON array of objects, an object with such an array in it ("keys", "data",
// "tokens"), or a JSON object a line. Lists become a text with commas. invalid_input says which line is
// wrong.
Result<Rows> read_rows(std::string_view text);

Rows rows_of(const db::ForeignTable& table);

}  // namespace aihub::keys
