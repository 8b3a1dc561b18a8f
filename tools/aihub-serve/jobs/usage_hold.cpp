#include "tools/aihub-serve/jobs/usage_hold.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "shared/base/clock.hpp"

namespace aihub::serve {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_in_memory = 20'000;
// Another process may use the database for so long before it is called trouble and rows go to disk.
constexpr auto usual_wait = 1s;
constexpr auto between_reports = 60s;

}  // namespace

UsageHold::UsageHold(std::string spool, std::uint64_t spool_limit, UsageTrouble& trouble, log::Logger& logger,
                     LetGo let_go)
    : spool_(std::move(spool)),
      spool_limit_(spool_limit),
      trouble_(trouble),
      logger_(logger),
      let_go_(std::move(let_go)) {
    backlog_.spooled_bytes = spool_.size();
}

void UsageHold::add(std::vector<db::Usage>&& rows) {
    if (rows_.empty())
        rows_ = std::move(rows);
    else
        std::move(rows.begin(), rows.end(), std::back_inserter(rows_));
}

void UsageHold::drop_first(std::size_t count) {
    if (let_go_) let_go_(rows().first(count));
    rows_.erase(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(count));
}

void UsageHold::failed(const Error& error) {
    if (!std::exchange(failing_, true)) failing_since_ = Clock::now();
    bool may_pass = error.code == ErrorCode::busy && Clock::now() - failing_since_ < usual_wait;
    if (may_pass && !announced_) return;
    if (!announced_) announce(error);
    backlog_.reason = error.message;
    to_disk();
}

void UsageHold::announce(const Error& error) {
    announced_ = true;
    backlog_.since_ms = now_ms();
    logger_.error("usage.held", log::kv("reason", error.message), log::kv("hint", error.hint));
}

void UsageHold::caught_up() {
    failing_ = false;
    report_lost();
    if (!std::exchange(announced_, false)) return;
    logger_.info("usage.caught_up", log::kv("seconds", (now_ms() - backlog_.since_ms) / 1000));
    backlog_.reason.clear();
    backlog_.since_ms = 0;
}

void UsageHold::pass(const UsageSpool::Piece& piece) {
    if (piece.damaged > 0)
        logger_.warning("usage.damaged", log::kv("lines", piece.damaged),
                        log::kv("reason", "they waited on disk and tell of no row"));
    spool_.pass(piece);
    backlog_.spooled_bytes = spool_.size();
}

// While the disk refuses, a few are enough to find out whether it still does.
void UsageHold::to_disk() {
    if (rows_.empty()) return;
    std::span<const db::Usage> some = rows().first(spool_failed_ ? 1 : rows_.size());
    Result<std::size_t> added = spool_.add(some, spool_limit_);
    backlog_.spooled_bytes = spool_.size();
    if (added) drop_first(*added);
    if (std::exchange(spool_failed_, !added) || added) return;
    logger_.error("usage.held", log::kv("reason", added.error().message),
                  log::kv("hint", added.error().hint));
}

void UsageHold::keep_bounds() {
    if (rows_.size() > most_in_memory) to_disk();
    if (rows_.size() > most_in_memory) lose(rows_.size() - most_in_memory);
}

// The newest go: what is older may be what the access log has no more.
void UsageHold::lose(std::size_t count) {
    auto first = rows_.end() - static_cast<std::ptrdiff_t>(count);
    std::for_each(first, rows_.end(), [this](const db::Usage& row) { lost_cost_ += row.cost_micro; });
    if (let_go_) let_go_(rows().last(count));
    rows_.erase(first, rows_.end());
    backlog_.lost += static_cast<std::int64_t>(count);
    if (Clock::now() >= next_report_) report_lost();
}

void UsageHold::report_lost() {
    if (backlog_.lost == reported_lost_) return;
    logger_.error("usage.lost", log::kv("rows", backlog_.lost), log::kv("cost_micro", lost_cost_),
                  log::kv("reason", "no room in memory and below usage_spool_limit"));
    reported_lost_ = backlog_.lost;
    next_report_ = Clock::now() + between_reports;
}

void UsageHold::publish() {
    backlog_.held = static_cast<std::int64_t>(rows_.size());
    backlog_.spooled_bytes = spool_.size();
    trouble_.set(backlog_);
}

}  // namespace aihub::serve
