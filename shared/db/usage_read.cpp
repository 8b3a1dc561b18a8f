#include "shared/base/clock.hpp"
#include "shared/db/statement.hpp"
#include "shared/db/usage.hpp"

namespace aihub::db {
namespace {

constexpr std::int64_t hour = 3'600'000;
constexpr std::int64_t day = 24 * hour;

std::int64_t first_day(std::int64_t days, std::int64_t now_ms) {
    return now_ms - now_ms % day - (days - 1) * day;
}

UsageDay read_day(const Statement& row) {
    UsageDay one;
    one.date = utc_iso8601(row.integer(0) * day).substr(0, 10);
    one.requests = row.integer(1);
    one.tokens_in = row.integer(2);
    one.tokens_out = row.integer(3);
    one.cost_micro = row.integer(4);
    one.latency_ms_sum = row.integer(5);
    return one;
}

UsageByModel read_model(const Statement& row) {
    return {row.text(0), row.integer(1), row.integer(2), row.integer(3), row.integer(4)};
}

UsageSummary read_summary(const Statement& row) {
    return {row.integer(4), row.integer(0), row.integer(1), row.integer(2), row.integer(3)};
}

}  // namespace

Result<std::int64_t> newest_usage(Database& db) {
    Result<std::optional<std::int64_t>> id = select_integer(db.handle(), "SELECT max(id) FROM usage");
    if (!id) return id.error();
    return id->value_or(0);
}

Result<std::vector<UsageDay>> usage_by_day(Database& db, std::int64_t user_id, std::int64_t days,
                                           std::int64_t now_ms, std::int64_t key_row) {
    return select_all(db.handle(), read_day,
                      "SELECT hour_ms / 86400000 AS day, sum(requests), sum(tokens_in), sum(tokens_out), "
                      "sum(cost_micro), sum(latency_ms) FROM usage_hours "
                      "WHERE user_id = ?1 AND hour_ms >= ?2 AND (?3 = 0 OR key_id = ?3) "
                      "GROUP BY day ORDER BY day DESC",
                      user_id, first_day(days, now_ms), key_row);
}

Result<std::vector<UsageByModel>> usage_by_model(Database& db, std::int64_t user_id, std::int64_t days,
                                                 std::int64_t now_ms) {
    return select_all(db.handle(), read_model,
                      "SELECT model, sum(requests), sum(tokens_in), sum(tokens_out), sum(cost_micro) "
                      "FROM usage_hours WHERE user_id = ? AND hour_ms >= ? "
                      "GROUP BY model ORDER BY sum(cost_micro) DESC, sum(requests) DESC, model",
                      user_id, first_day(days, now_ms));
}

Result<UsageSummary> usage_since(Database& db, std::int64_t since_ms, std::int64_t user_id) {
    std::string sql =
        "SELECT coalesce(sum(requests), 0), coalesce(sum(tokens_in + tokens_out), 0), "
        "coalesce(sum(cost_micro), 0), coalesce(sum(latency_ms), 0), "
        "(SELECT count(*) FROM users WHERE created_ms >= ?1 AND deleted_ms IS NULL) "
        "FROM usage_hours WHERE hour_ms >= ?1 - ?1 % 3600000";
    sql += user_id == 0 ? " AND ?2 = 0" : " AND user_id = ?2";
    Result<std::vector<UsageSummary>> sums = select_all(db.handle(), read_summary, sql, since_ms, user_id);
    if (!sums) return sums.error();
    return sums->front();
}

}  // namespace aihub::db
