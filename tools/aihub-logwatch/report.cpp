#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "shared/base/clock.hpp"
#include "shared/base/strings.hpp"
#include "shared/db/access_report.hpp"
#include "tools/aihub-logwatch/commands.hpp"
#include "tools/aihub-logwatch/moment.hpp"
#include "tools/aihub-logwatch/store.hpp"

namespace aihub::logwatch {
namespace {

struct ReportOptions {
    std::string since = "24h";
    std::string until = "now";
    std::string by = "status";
    std::string top = "20";
};

struct NamedGrouping {
    std::string_view name;
    db::AccessGrouping by;
};

using db::AccessGrouping;
constexpr std::array groupings = {
    NamedGrouping{"status", AccessGrouping::status},     NamedGrouping{"family", AccessGrouping::family},
    NamedGrouping{"path", AccessGrouping::path},         NamedGrouping{"ip", AccessGrouping::client},
    NamedGrouping{"key", AccessGrouping::key},           NamedGrouping{"user", AccessGrouping::user},
    NamedGrouping{"model", AccessGrouping::model},       NamedGrouping{"service", AccessGrouping::service},
    NamedGrouping{"upstream", AccessGrouping::upstream}, NamedGrouping{"ua", AccessGrouping::agent},
    NamedGrouping{"referer", AccessGrouping::referer},   NamedGrouping{"method", AccessGrouping::method},
    NamedGrouping{"scope", AccessGrouping::scope}};

std::vector<std::string> grouping_names() {
    std::vector<std::string> names;
    for (const NamedGrouping& grouping : groupings) names.emplace_back(grouping.name);
    return names;
}

AccessGrouping grouping_of(const std::string& name) {
    return std::ranges::find(groupings, name, &NamedGrouping::name)->by;
}

cli::Table report_table(const std::string& by, const std::vector<db::AccessGroup>& groups) {
    cli::Table table{"aihub.report/1",
                     "groups",
                     {{by, by},
                      {"requests", "Requests"},
                      {"client_errors", "4xx"},
                      {"server_errors", "5xx"},
                      {"bytes_sent", "Bytes sent"},
                      {"mean_ms", "Mean ms"}}};
    for (const db::AccessGroup& group : groups)
        table.rows.push_back(
            {group.value.empty() ? std::string("(none)") : group.value, cli::Cell::number(group.requests),
             cli::Cell::number(group.client_errors), cli::Cell::number(group.server_errors),
             cli::Cell::number(group.bytes_sent),
             cli::Cell::number(group.request_time_ms / std::max<std::int64_t>(group.requests, 1))});
    return table;
}

Result<void> report(const cli::Tool& tool, const ReportOptions& options, cli::Output& out) {
    std::int64_t now = now_ms();
    Result<std::int64_t> since = parse_moment("--since", options.since, now);
    if (!since) return since.error();
    Result<std::int64_t> until = parse_moment("--until", options.until, now);
    if (!until) return until.error();
    std::optional<std::uint64_t> top = parse_unsigned(options.top);
    if (!top || *top == 0 || *top > 1'000'000)
        return Error(ErrorCode::invalid_input,
                     "--top " + printable(options.top) + ": no number from 1 to 1000000", "write 20");
    Result<db::Database> db = open_for_reading(tool);
    if (!db) return db.error();
    Result<std::vector<db::AccessGroup>> groups =
        db::group_accesses(*db, grouping_of(options.by), {*since, *until}, static_cast<std::int64_t>(*top));
    if (!groups) return groups.error();
    out.print(report_table(options.by, *groups));
    return {};
}

}  // namespace

void add_report_command(cli::Tool& tool) {
    auto options = std::make_shared<ReportOptions>();
    cli::Command& command = tool.command("report", "requests in a span of time, by what they have in common");
    command.option("--since", "24h|DATE|ever", options->since, "where it begins (default: 24h)");
    command.option("--until", "1h|DATE|now", options->until, "where it ends (default: now)");
    command.option("--by", "WHAT", options->by, "what to group by (default: status)");
    command.one_of(grouping_names());
    command.option("--top", "N", options->top, "so many groups, the largest (default: 20)");
    command.prints_table();
    command.example("aihub-logwatch report --since 7d --by path", "what was asked for this week");
    command.run([&tool, options](cli::Output& out) { return report(tool, *options, out); });
}

}  // namespace aihub::logwatch
