// The trail of changes, for admins.
#include "shared/base/clock.hpp"
#include "shared/base/strings.hpp"
#include "shared/base/units.hpp"
#include "tools/aihub-serve/api/account_json.hpp"
#include "tools/aihub-serve/api/database_reply.hpp"
#include "tools/aihub-serve/api/endpoints.hpp"
#include "tools/aihub-serve/api/request_parts.hpp"
#include "tools/aihub-serve/services/timestamp.hpp"

namespace aihub::serve {
namespace {

constexpr std::int64_t most_entries = 10'000;

// "7d" ago, a time in RFC 3339, or UTC milliseconds.
std::optional<std::int64_t> moment_of(const std::string& text) {
    if (std::optional<std::int64_t> seconds = unix_seconds(text.size() == 10 ? text + "T00:00:00Z" : text))
        return *seconds * 1000;
    std::optional<std::uint64_t> number = parse_unsigned(text);
    if (number && *number <= INT64_MAX) return static_cast<std::int64_t>(*number);
    std::optional<Milliseconds> span = parse_duration(text);
    if (span) return now_ms() - span->count();
    return std::nullopt;
}

}  // namespace

net::Task<Reply> list_audit(Exchange& x) {
    std::optional<std::int64_t> since = moment_of(query_value(x, "since").value_or("0"));
    if (!since)
        co_return problem_reply(
            x, {422, "since: must be a time such as 2030-01-31T08:30:00Z, or a span such as 7d"});
    Result<std::int64_t> limit = query_number(x, "limit", 1000, 1, most_entries);
    if (!limit) co_return failure_reply(x, limit.error());
    co_return co_await reply_from(
        x, [since = *since, limit = *limit](db::Database& db) -> Result<std::string> {
            Result<std::vector<db::AuditEntry>> entries = db::list_audit(db, since, limit);
            if (!entries) return entries.error();
            return json_list(*entries, audit_json);
        });
}

}  // namespace aihub::serve
