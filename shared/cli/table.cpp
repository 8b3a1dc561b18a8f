#include "shared/cli/table.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "shared/base/clock.hpp"
#include "shared/base/strings.hpp"
#include "shared/cli/utf8.hpp"

namespace aihub::cli {
namespace {

std::string json_text(std::string_view text) {
    std::string quoted = "\"";
    append_json_escaped(quoted, text);
    return quoted + "\"";
}

using Lines = std::vector<std::vector<std::string>>;

Lines shown_lines(const Table& table, bool header) {
    Lines lines;
    if (header) {
        auto& titles = lines.emplace_back();
        for (const Column& column : table.columns) titles.push_back(column.title);
    }
    for (const auto& row : table.rows) {
        auto& line = lines.emplace_back();
        for (const Cell& cell : row) line.push_back(printable(cell.shown()));
    }
    return lines;
}

std::vector<std::size_t> column_widths(const Lines& lines, std::size_t columns) {
    std::vector<std::size_t> widths(columns, 0);
    for (const auto& line : lines)
        for (std::size_t i = 0; i < columns; ++i) widths[i] = std::max(widths[i], display_width(line[i]));
    return widths;
}

std::string aligned(const Table& table, bool header) {
    Lines lines = shown_lines(table, header);
    std::vector<std::size_t> widths = column_widths(lines, table.columns.size());
    std::string text;
    for (const auto& line : lines) {
        std::string row;
        for (std::size_t i = 0; i < line.size(); ++i) {
            row += line[i];
            if (i + 1 < line.size()) row.append(widths[i] - display_width(line[i]) + 2, ' ');
        }
        row.erase(row.find_last_not_of(' ') + 1);
        text += row + "\n";
    }
    return text;
}

std::string rule(const std::vector<std::size_t>& widths) {
    std::string text = "+";
    for (std::size_t each : widths) text += std::string(each + 2, '-') + "+";
    return text + "\n";
}

std::string centred(const std::string& text, std::size_t room) {
    std::size_t blanks = room - display_width(text);
    return std::string(blanks / 2, ' ') + text + std::string(blanks - blanks / 2, ' ');
}

std::string boxed(const Table& table, bool header) {
    Lines lines = shown_lines(table, header);
    std::vector<std::size_t> widths = column_widths(lines, table.columns.size());
    std::string text = rule(widths);
    for (std::size_t row = 0; row < lines.size(); ++row) {
        for (std::size_t i = 0; i < widths.size(); ++i)
            text += "| " + centred(lines[row][i], widths[i]) + " ";
        text += "|\n";
        if (header && row == 0) text += rule(widths);
    }
    return text + rule(widths);
}

// RFC 4180: quotes where a reader needs them, lines that end in CRLF.
std::string csv_field(const std::string& text) {
    if (text.find_first_of("\",\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (char c : text) quoted.append(c == '"' ? 2 : 1, c);
    return quoted + "\"";
}

// TSV has no quotes: a tab or a newline inside a value is escaped.
template <typename Field>
std::string separated(const Table& table, bool header, std::string_view separator, std::string_view ending,
                      Field field) {
    std::string text;
    auto add = [&](const auto& items, auto text_of) {
        bool first = true;
        for (const auto& item : items) {
            if (!first) text.append(separator);
            text.append(field(text_of(item)));
            first = false;
        }
        text.append(ending);
    };
    if (header) add(table.columns, [](const Column& column) { return column.key; });
    for (const auto& row : table.rows) add(row, [](const Cell& cell) { return cell.exact(); });
    return text;
}

std::string row_members(const Table& table, const std::vector<Cell>& row) {
    std::string text;
    for (std::size_t i = 0; i < table.columns.size(); ++i)
        text += (i == 0 ? "" : ",") + json_text(table.columns[i].key) + ":" + row[i].json();
    return text;
}

std::string json_document(const Table& table) {
    std::string text = "{\"schema\":" + json_text(table.schema) + "," + json_text(table.collection) + ":[";
    for (const auto& row : table.rows)
        text += (&row == &table.rows.front() ? "{" : ",{") + row_members(table, row) + "}";
    return text + "]}\n";
}

std::string json_lines(const Table& table) {
    std::string text;
    for (const auto& row : table.rows)
        text += "{\"schema\":" + json_text(table.schema) + "," + row_members(table, row) + "}\n";
    return text;
}

}  // namespace

std::optional<Format> parse_format(std::string_view text) {
    if (text == "table") return Format::table;
    if (text == "tsv") return Format::tsv;
    if (text == "csv") return Format::csv;
    if (text == "json") return Format::json;
    if (text == "ndjson") return Format::ndjson;
    return std::nullopt;
}

Cell Cell::number(std::int64_t value) {
    return Cell(std::to_string(value), std::to_string(value), Kind::bare);
}

Cell Cell::decimal(double value) {
    std::array<char, 32> text{};
    auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
    std::string digits(text.data(), end);
    bool is_json = digits.find_first_not_of("0123456789+-.e") == std::string::npos;
    return is_json ? Cell(digits, digits, Kind::bare) : none();  // JSON has no infinity
}

Cell Cell::boolean(bool value) {
    return Cell(value ? "yes" : "no", value ? "true" : "false", Kind::bare);
}

Cell Cell::time(std::int64_t ms) {
    if (ms == 0) return none();
    std::string local = local_iso8601(ms).substr(0, 16);
    std::replace(local.begin(), local.end(), 'T', ' ');
    return Cell(local, utc_iso8601(ms), Kind::text);
}

Cell Cell::none() {
    return Cell("", "", Kind::bare);
}

Cell Cell::list(const std::vector<std::string>& values) {
    std::string joined;
    std::string array = "[";
    for (const std::string& value : values) {
        joined += (joined.empty() ? "" : ", ") + value;
        array += (array.size() == 1 ? "" : ",") + json_text(value);
    }
    Cell cell(joined, joined, Kind::array);
    cell.array_ = array + "]";
    return cell;
}

std::string Cell::json() const {
    switch (kind_) {
        case Kind::text:
            return json_text(exact_);
        case Kind::bare:
            return exact_.empty() ? "null" : exact_;
        case Kind::array:
            return array_;
    }
    return "null";
}

std::string render(const Table& table, Format format, bool header) {
    switch (format) {
        case Format::automatic:
        case Format::table:
            return table.boxed ? boxed(table, header) : aligned(table, header);
        case Format::tsv:
            return separated(table, header, "\t", "\n",
                             [](const std::string& text) { return printable(text); });
        case Format::csv:
            return separated(table, header, ",", "\r\n", csv_field);
        case Format::json:
            return json_document(table);
        case Format::ndjson:
            return json_lines(table);
    }
    return {};
}

std::string render_first_column(const Table& table) {
    std::string text;
    for (const auto& row : table.rows) text += printable(row.front().exact()) + "\n";
    return text;
}

std::string render(const Record& record, Format format) {
    bool json = format == Format::json || format == Format::ndjson;
    std::string text = json ? "{\"schema\":" + json_text(record.schema) : "";
    for (const auto& [name, cell] : record.fields) {
        if (json)
            text += "," + json_text(name) + ":" + cell.json();
        else
            text += name + ": " + printable(cell.shown()) + "\n";
    }
    return json ? text + "}\n" : text;
}

}  // namespace aihub::cli
