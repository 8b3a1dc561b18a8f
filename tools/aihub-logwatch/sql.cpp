#include <memory>
#include <string>

#include "shared/db/query.hpp"
#include "tools/aihub-logwatch/commands.hpp"
#include "tools/aihub-logwatch/store.hpp"

namespace aihub::logwatch {
namespace {

cli::Cell cell_of(const db::QueryValue& value) {
    if (auto* number = std::get_if<std::int64_t>(&value)) return cli::Cell::number(*number);
    if (auto* decimal = std::get_if<double>(&value)) return cli::Cell::decimal(*decimal);
    if (auto* text = std::get_if<std::string>(&value)) return cli::Cell(*text);
    return cli::Cell::none();
}

cli::Table table_of(const db::QueryAnswer& answer) {
    cli::Table table{"aihub.rows/1", "rows", {}};
    for (const std::string& column : answer.columns) table.columns.push_back({column, column});
    for (const auto& values : answer.rows) {
        auto& row = table.rows.emplace_back();
        for (const db::QueryValue& value : values) row.push_back(cell_of(value));
    }
    return table;
}

Result<void> run_query(const cli::Tool& tool, const std::string& sql, cli::Output& out) {
    Result<db::Database> db = open_for_reading(tool);
    if (!db) return db.error();
    Result<db::QueryAnswer> answer = db::query(*db, sql);
    if (!answer) return answer.error();
    out.print(table_of(*answer));
    return {};
}

}  // namespace

void add_sql_command(cli::Tool& tool) {
    auto sql = std::make_shared<std::string>();
    cli::Command& command = tool.command("sql", "ask the database, which is not changed");
    command.positional("QUERY", *sql, "one SELECT; access_events has a row for each request");
    command.prints_table();
    command.example("aihub-logwatch sql \"SELECT client_ip, count(*) FROM access_events GROUP BY 1\"",
                    "requests of each client");
    command.run([&tool, sql](cli::Output& out) { return run_query(tool, *sql, out); });
}

}  // namespace aihub::logwatch
