#include "tools/aihub-serve/jobs/usage_books.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "tools/aihub-serve/pipeline/usage_ids.hpp"

namespace aihub::serve {
namespace {

using namespace std::chrono_literals;

// Rows must not wait for longer than it takes to find a place for them on disk instead.
constexpr auto patience = 200ms;

// Others that write wait for a transaction to end.
constexpr auto longest_transaction = 20ms;
constexpr std::size_t smallest_group = 32;
constexpr std::size_t first_group = 512;
constexpr std::size_t largest_group = 4096;

}  // namespace

UsageBooks::UsageBooks(std::string database, std::int64_t writer, Ledger& ledger)
    : database_(std::move(database), patience), writer_(writer), ledger_(ledger), group_(first_group) {}

Result<void> UsageBooks::write(std::span<const db::Usage> rows) {
    Result<db::Database*> database = database_.get();
    if (!database) return database.error();
    auto begin = std::chrono::steady_clock::now();
    Result<std::int64_t> written = db::write_usage(**database, rows);
    if (!written) {
        if (written.error().code != ErrorCode::busy) database_.drop();
        return written.error();
    }
    if (!database_.is_in_place())
        return Error(ErrorCode::unavailable, "the database was removed or replaced while it was written");
    fit_group(rows.size(), std::chrono::steady_clock::now() - begin);
    settle(rows);
    return {};
}

void UsageBooks::fit_group(std::size_t rows, std::chrono::steady_clock::duration took) {
    if (took > longest_transaction) group_ = std::max(smallest_group, std::min(group_, rows) / 2);
    if (took < longest_transaction / 2 && rows >= group_) group_ = std::min(largest_group, group_ * 2);
}

void UsageBooks::settle(std::span<const db::Usage> rows) {
    std::map<std::tuple<std::int64_t, std::int64_t, bool>, std::int64_t> sums;
    for (const db::Usage& row : rows) {
        if (UsageIds::is_of(row.id, writer_))
            sums[{row.user_id, row.key_row, row.charged}] += row.cost_micro;
        else
            is_old_ = true;
    }
    for (const auto& [whose, cost] : sums)
        ledger_.settle(std::get<0>(whose), std::get<1>(whose), cost, std::get<2>(whose));
}

Result<void> UsageBooks::read_standing() {
    Result<db::Database*> database = database_.get();
    if (!database) return database.error();
    Result<std::int64_t> version = (*database)->data_version();
    if (!version) return version.error();
    Result<db::Standing> standing = db::load_standing(**database);
    if (!standing) return standing.error();
    ledger_.set_standing(std::move(*standing));
    version_ = *version;  // as of before the load: a change in between is seen again
    version_of_ = database_.connection();
    is_old_ = false;
    return {};
}

Result<void> UsageBooks::look() {
    Result<db::Database*> database = database_.get();
    if (!database) return database.error();
    Result<std::int64_t> version = (*database)->data_version();
    if (!version) return version.error();
    if (*version == version_ && version_of_ == database_.connection() && !is_old_) return {};
    return read_standing();
}

}  // namespace aihub::serve
