#include "shared/db/access_sums.hpp"

#include "shared/db/statement.hpp"

namespace aihub::db {
namespace {

constexpr std::int64_t minute = 60'000;
constexpr std::int64_t hour = 60 * minute;

std::size_t family_of(int status) {
    return status >= 100 && status < 600 ? static_cast<std::size_t>(status / 100) : 0;
}

// Also of a time before 1970.
std::int64_t start_of(std::int64_t time_ms, std::int64_t span) {
    std::int64_t behind = time_ms % span;
    return time_ms - (behind < 0 ? behind + span : behind);
}

}  // namespace

AccessSums::Minute& AccessSums::minute_of(std::int64_t time_ms) {
    std::int64_t start = start_of(time_ms, minute);
    if (!last_minute_ || start != last_minute_ms_) {
        last_minute_ms_ = start;
        last_minute_ = &minutes_[start];
    }
    return *last_minute_;
}

// A text remembers where its sums were, so that none is looked for. When hours mix there may be two of one,
// and they are added up in the database.
AccessSums::Hour& AccessSums::hour_of(AccessDimension dimension, std::int64_t hour_ms, AccessText& value) {
    std::uint32_t& at = value.sums[static_cast<std::size_t>(dimension) - 1];
    if (at < hours_.size()) {
        Hour& last = hours_[at];
        if (last.value == &value && last.hour_ms == hour_ms && last.dimension == dimension) return last;
    }
    at = static_cast<std::uint32_t>(hours_.size());
    return hours_.emplace_back(Hour{dimension, hour_ms, &value});
}

void AccessSums::add_to_hour(AccessDimension dimension, const Request& request, AccessText& value) {
    Hour& sum = hour_of(dimension, start_of(request.time_ms, hour), value);
    ++sum.requests;
    sum.client_errors += request.status >= 400 && request.status < 500;
    sum.server_errors += request.status >= 500;
    sum.bytes_sent += request.bytes_sent;
    sum.request_time_ms += request.request_time_ms;
}

void AccessSums::add(const Request& request) {
    Minute& sum = minute_of(request.time_ms);
    ++sum.requests;
    ++sum.families[family_of(request.status)];
    sum.flagged += request.flagged;
    sum.bytes_sent += request.bytes_sent;
    sum.request_time_ms += request.request_time_ms;
    add_to_hour(AccessDimension::client, request, *request.client);
    add_to_hour(AccessDimension::key, request, *request.key);
    add_to_hour(AccessDimension::path, request, *request.path);
}

Result<void> AccessSums::write_minutes(Database& db) const {
    Result<Statement*> add = db.kept(
        "INSERT INTO access_minutes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
        "requests = requests + excluded.requests, status_2xx = status_2xx + excluded.status_2xx, "
        "status_3xx = status_3xx + excluded.status_3xx, status_4xx = status_4xx + excluded.status_4xx, "
        "status_5xx = status_5xx + excluded.status_5xx, flagged = flagged + excluded.flagged, "
        "bytes_sent = bytes_sent + excluded.bytes_sent, "
        "request_time_ms = request_time_ms + excluded.request_time_ms");
    if (!add) return add.error();
    for (const auto& [start, sum] : minutes_) {
        const auto& families = sum.families;
        Result<void> added = (*add)->run(start, sum.requests, families[2], families[3], families[4],
                                         families[5], sum.flagged, sum.bytes_sent, sum.request_time_ms);
        if (!added) return added;
    }
    return {};
}

Result<void> AccessSums::write_hours(Database& db) const {
    Result<Statement*> add = db.kept(
        "INSERT INTO access_hours VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
        "requests = requests + excluded.requests, client_errors = client_errors + excluded.client_errors, "
        "server_errors = server_errors + excluded.server_errors, "
        "bytes_sent = bytes_sent + excluded.bytes_sent, "
        "request_time_ms = request_time_ms + excluded.request_time_ms");
    if (!add) return add.error();
    for (const Hour& sum : hours_) {
        Result<void> added =
            (*add)->run(static_cast<std::int64_t>(sum.dimension), sum.hour_ms, sum.value->text, sum.requests,
                        sum.client_errors, sum.server_errors, sum.bytes_sent, sum.request_time_ms);
        if (!added) return added;
    }
    return {};
}

Result<void> AccessSums::write(Database& db) const {
    Result<void> written = write_minutes(db);
    return written ? write_hours(db) : written;
}

void AccessSums::clear() {
    minutes_.clear();
    last_minute_ = nullptr;
    hours_.clear();
}

}  // namespace aihub::db
