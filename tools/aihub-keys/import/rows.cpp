#include "tools/aihub-keys/import/rows.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "shared/base/strings.hpp"

namespace aihub::keys {
namespace {

using Json = nlohmann::json;

Error wrong(const std::string& place, const std::string& what, const std::string& hint) {
    return Error(ErrorCode::invalid_input, place + ": " + what, hint);
}

std::string line_place(std::size_t number) {
    return "line " + std::to_string(number);
}

std::string text_of(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_null()) return {};
    if (!value.is_array()) return value.dump(-1, ' ', false, Json::error_handler_t::replace);
    std::string list;
    for (const Json& item : value) list += (list.empty() ? "" : ",") + text_of(item);
    return list;
}

void note_columns(Rows& rows) {
    std::set<std::string> known;
    for (const Row& row : rows.rows)
        for (const auto& [column, value] : row.values) known.insert(column);
    rows.columns.assign(known.begin(), known.end());
}

Row row_of(const Json& object, const std::string& place) {
    Row row{place, {}};
    for (const auto& [name, value] : object.items())
        if (std::string text = text_of(value); !text.empty()) row.values[name] = text;
    return row;
}

Result<Rows> rows_of_array(const Json& array) {
    Rows rows;
    for (const Json& item : array) {
        std::string place = "entry " + std::to_string(rows.rows.size() + 1);
        if (!item.is_object())
            return wrong(place, "is no object", "import the keys as objects, with their fields");
        rows.rows.push_back(row_of(item, place));
    }
    note_columns(rows);
    return rows;
}

// The list of keys in a document: itself, or the member that every exporter calls something else.
const Json* find_list(const Json& document) {
    if (document.is_array()) return &document;
    for (const char* name : {"keys", "data", "tokens"})
        if (document.is_object() && document.contains(name) && document[name].is_array())
            return &document[name];
    return nullptr;
}

Result<Rows> read_json_lines(std::string_view text) {
    Rows rows;
    std::size_t number = 0;
    for (std::string_view line : split(text, '\n')) {
        ++number;
        if (trim(line).empty() || trim(line) == "\r") continue;
        Json object = Json::parse(line, nullptr, false);
        if (!object.is_object())
            return wrong(line_place(number), "is no JSON object", "write one object a line");
        rows.rows.push_back(row_of(object, line_place(number)));
    }
    note_columns(rows);
    return rows;
}

Result<Rows> read_json(std::string_view text) {
    Json document = Json::parse(text, nullptr, false);
    if (document.is_discarded()) return read_json_lines(text);
    if (const Json* list = find_list(document)) return rows_of_array(*list);
    if (document.is_object()) return read_json_lines(document.dump());
    return Error(ErrorCode::invalid_input, "the JSON holds no list of keys", "import an array of objects");
}

Result<Rows> read_csv(std::string_view text) {
    Result<std::vector<CsvLine>> lines = parse_csv(text);
    if (!lines) return lines.error();
    Rows rows;
    if (lines->empty()) return rows;
    rows.columns = lines->front().cells;
    for (auto line = lines->begin() + 1; line != lines->end(); ++line) {
        if (line->cells.size() != rows.columns.size())
            return wrong(line_place(line->number),
                         std::to_string(line->cells.size()) + " cells under " +
                             std::to_string(rows.columns.size()) + " titles",
                         "write the file anew, or put what has commas in quotation marks");
        Row& row = rows.rows.emplace_back(Row{line_place(line->number), {}});
        for (std::size_t i = 0; i < line->cells.size(); ++i)
            if (!line->cells[i].empty()) row.values[rows.columns[i]] = line->cells[i];
    }
    return rows;
}

// Reads cells until the end of the text; RFC 4180 section 2.
class CsvReader {
public:
    explicit CsvReader(std::string_view text) : text_(text) {}

    Result<std::vector<CsvLine>> read() {
        std::vector<CsvLine> lines;
        while (at_ < text_.size()) {
            CsvLine line{number_, {}};
            do {
                std::optional<std::string> cell = take_cell();
                if (!cell)
                    return wrong(line_place(line.number), "a quotation mark is not closed",
                                 "close it, or double it");
                line.cells.push_back(*cell);
            } while (take_comma());
            if (!take_end_of_line())
                return wrong(line_place(line.number), "something stands behind a closing quotation mark",
                             "double the marks inside a cell");
            bool blank = line.cells.size() == 1 && line.cells.front().empty();
            if (!blank) lines.push_back(std::move(line));
        }
        return lines;
    }

private:
    bool take(char c) {
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    bool take_comma() { return take(','); }
    bool take_end_of_line() {
        take('\r');
        ++number_;
        return take('\n') || at_ >= text_.size();
    }

    std::optional<std::string> take_cell() {
        if (take('"')) return take_quoted();
        std::size_t end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
        std::string cell(text_.substr(at_, end - at_));
        at_ = end;
        return cell;
    }

    std::optional<std::string> take_quoted() {
        std::string cell;
        for (; at_ < text_.size(); ++at_) {
            if (text_[at_] == '\n') ++number_;
            if (text_[at_] != '"') {
                cell += text_[at_];
                continue;
            }
            ++at_;
            if (at_ >= text_.size() || text_[at_] != '"') return cell;
            cell += '"';
        }
        return std::nullopt;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t number_ = 1;
};

}  // namespace

std::string Row::text(const std::string& column) const {
    auto found = values.find(column);
    return found == values.end() ? "" : found->second;
}

bool Rows::has(std::string_view column) const {
    return std::find(columns.begin(), columns.end(), column) != columns.end();
}

Result<std::vector<CsvLine>> parse_csv(std::string_view text) {
    return CsvReader(text).read();
}

Result<Rows> read_rows(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return Rows();
    bool json = text[first] == '{' || text[first] == '[';
    return json ? read_json(text) : read_csv(text);
}

Rows rows_of(const db::ForeignTable& table) {
    Rows rows{table.columns, {}};
    for (const auto& cells : table.rows) {
        Row& row = rows.rows.emplace_back(Row{"row " + std::to_string(rows.rows.size() + 1), {}});
        for (std::size_t i = 0; i < cells.size(); ++i)
            if (cells[i] && !cells[i]->empty()) row.values[table.columns[i]] = *cells[i];
    }
    return rows;
}

}  // namespace aihub::keys
