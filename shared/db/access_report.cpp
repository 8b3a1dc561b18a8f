#include "shared/db/access_report.hpp"

#include "shared/db/access_sums.hpp"
#include "shared/db/statement.hpp"

namespace aihub::db {
namespace {

constexpr std::int64_t hour = 3'600'000;

// Of the rows, as they store it.
std::string_view column_of(AccessGrouping by) {
    switch (by) {
        case AccessGrouping::status:
            return "CAST(status AS TEXT)";
        case AccessGrouping::family:
            return "(status / 100) || 'xx'";
        case AccessGrouping::path:
            return "path";
        case AccessGrouping::client:
            return "coalesce(client_ip, remote_addr)";
        case AccessGrouping::key:
            return "api_key";
        case AccessGrouping::user:
            return "user";
        case AccessGrouping::model:
            return "model";
        case AccessGrouping::service:
            return "service";
        case AccessGrouping::upstream:
            return "upstream_addr";
        case AccessGrouping::agent:
            return "user_agent";
        case AccessGrouping::referer:
            return "referer";
        case AccessGrouping::method:
            return "method";
        case AccessGrouping::scope:
            return "CASE network_scope WHEN 1 THEN 'Loopback' WHEN 2 THEN 'Private' WHEN 3 THEN 'Tailscale' "
                   "WHEN 4 THEN 'Reserved' WHEN 5 THEN 'Public' ELSE 'Unknown' END";
    }
    __builtin_unreachable();
}

std::optional<AccessDimension> dimension_of(AccessGrouping by) {
    switch (by) {
        case AccessGrouping::client:
            return AccessDimension::client;
        case AccessGrouping::key:
            return AccessDimension::key;
        case AccessGrouping::path:
            return AccessDimension::path;
        default:
            return std::nullopt;
    }
}

AccessGroup read_group(const Statement& row) {
    return {row.text(0), row.integer(1), row.integer(2), row.integer(3), row.integer(4), row.integer(5)};
}

// A text may stand in some rows as itself and in others as its number.
std::string groups_of_rows(AccessGrouping by) {
    return "SELECT coalesce(CASE typeof(raw) WHEN 'integer' THEN "
           "(SELECT t.text FROM access_texts AS t WHERE t.id = raw) ELSE raw END, '') AS value, "
           "requests, client_errors, server_errors, bytes_sent, request_time_ms FROM "
           "(SELECT " +
           std::string(column_of(by)) +
           " AS raw, count(*) AS requests, sum(status BETWEEN 400 AND 499) AS client_errors, "
           "sum(status >= 500) AS server_errors, sum(bytes_sent) AS bytes_sent, "
           "sum(request_time_ms) AS request_time_ms FROM access_rows "
           "WHERE time_ms >= ? AND time_ms < ? OR time_ms >= ? AND time_ms < ? GROUP BY raw)";
}

constexpr std::string_view groups_of_hours =
    "SELECT value, requests, client_errors, server_errors, bytes_sent, request_time_ms FROM access_hours "
    "WHERE dimension = ? AND hour_ms >= ? AND hour_ms < ?";

std::string largest_of(const std::string& groups) {
    return "SELECT value, sum(requests) AS all_requests, sum(client_errors), sum(server_errors), "
           "sum(bytes_sent), sum(request_time_ms) FROM (" +
           groups + ") GROUP BY value ORDER BY all_requests DESC, value LIMIT ?";
}

std::int64_t hour_from(std::int64_t time_ms) {
    std::int64_t behind = time_ms % hour;
    if (behind == 0) return time_ms;
    return time_ms - behind + (behind > 0 ? hour : 0);
}

}  // namespace

Result<std::vector<AccessGroup>> group_accesses(Database& db, AccessGrouping by, AccessSpan span,
                                                std::int64_t most) {
    std::optional<AccessDimension> dimension = dimension_of(by);
    std::int64_t first_hour = hour_from(span.since_ms);
    std::int64_t last_hour = hour_from(span.until_ms - hour + 1);
    if (!dimension || first_hour >= last_hour)
        return select_all(db.handle(), read_group, largest_of(groups_of_rows(by)), span.since_ms,
                          span.until_ms, std::int64_t{0}, std::int64_t{0}, most);
    return select_all(db.handle(), read_group,
                      largest_of(groups_of_rows(by) + " UNION ALL " + std::string(groups_of_hours)),
                      span.since_ms, first_hour, last_hour, span.until_ms,
                      static_cast<std::int64_t>(*dimension), first_hour, last_hour, most);
}

}  // namespace aihub::db
