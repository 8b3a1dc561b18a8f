// Rows for people and for programs: one description, printed as an aligned or boxed table, TSV, CSV, JSON or
// NDJSON. Pure values; any thread. Times are local for people and RFC 3339 UTC for programs; control bytes
// that another machine sent are escaped in everything a terminal shows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aihub::cli {

enum class Format { automatic, table, tsv, csv, json, ndjson };

// "table", "tsv", "csv", "json", "ndjson"; nothing for anything else.
std::optional<Format> parse_format(std::string_view text);

// One value, as people read it, as a program reads it, and whether JSON puts it in quotes.
class Cell {
public:
    Cell(std::string text) : shown_(text), exact_(std::move(text)) {}
    Cell(std::string_view text) : Cell(std::string(text)) {}
    Cell(const char* text) : Cell(std::string(text)) {}
    static Cell number(std::int64_t value);
    static Cell decimal(double value);  // empty when it is none
    static Cell boolean(bool value);
    static Cell time(std::int64_t ms);  // 0: none
    static Cell none();                 // empty in a table, null in JSON
    static Cell list(const std::vector<std::string>& values);

    const std::string& shown() const { return shown_; }
    const std::string& exact() const { return exact_; }
    std::string json() const;

private:
    enum class Kind { text, bare, array };
    Cell(std::string shown, std::string exact, Kind kind)
        : shown_(std::move(shown)), exact_(std::move(exact)), kind_(kind) {}
    std::string shown_;
    std::string exact_;
    std::string array_ = {};  // the JSON of a list
    Kind kind_ = Kind::text;
};

struct Column {
    std::string key;    // in JSON, NDJSON, and the header of TSV and CSV
    std::string title;  // what people see above the column
};

// JSON: {"schema":"aihub.keys/1","keys":[{…}, …]}.
struct Table {
    std::string schema;      // "aihub.keys/1"
    std::string collection;  // "keys"
    std::vector<Column> columns;
    std::vector<std::vector<Cell>> rows = {};
    bool boxed = false;  // with lines around centred cells, as the -l flag of aihub-keys has always shown it
};

// One thing: "name: value" lines for people, {"schema":…, fields…} in JSON.
struct Record {
    std::string schema;
    std::vector<std::pair<std::string, Cell>> fields;
};

// Automatic is a table here; Output decides by what stdout is.
std::string render(const Table& table, Format format, bool header = true);
// The first column of each row, a line each: what -q prints.
std::string render_first_column(const Table& table);
std::string render(const Record& record, Format format);

}  // namespace aihub::cli
