#include "tools/aihub-serve/jobs/usage_job.hpp"

#include <unistd.h>

#include <utility>

#include "tools/aihub-serve/jobs/usage_recovery.hpp"

namespace aihub::serve {
namespace {

// What cannot be recovered now is tried again at the next start.
void recover(db::Database& database, const UsageJob::Places& places, log::Logger& logger) {
    Result<Rebuilt> rebuilt =
        recover_usage(database, UsageJob::journal_folder(places.state_folder), places.access_log);
    if (!rebuilt)
        return logger.error("usage.unrebuilt", log::kv("reason", rebuilt.error().message),
                            log::kv("hint", rebuilt.error().hint));
    if (rebuilt->rows > 0)
        logger.warning("usage.rebuilt", log::kv("rows", rebuilt->rows),
                       log::kv("cost_micro", rebuilt->cost_micro),
                       log::kv("charged_to_unknown_keys", rebuilt->unknown));
}

// While the database is locked, the process's own number must do: it is as good as never that of another
// that writes at the same millisecond.
Result<std::int64_t> number_of_ours(db::Database& database) {
    Result<std::int64_t> number = db::next_writer_number(database);
    if (!number && number.error().code == ErrorCode::busy) return std::int64_t{::getpid()};
    return number;
}

UsageHold::LetGo let_go_of(AccessLogFile& access_log) {
    return [&access_log](std::span<const db::Usage> rows) {
        if (!access_log.keeps_usage()) return;
        std::vector<std::int64_t> ids;
        ids.reserve(rows.size());
        for (const db::Usage& row : rows) ids.push_back(row.id);
        access_log.let_go(ids);
    };
}

}  // namespace

UsageJob::UsageJob(const Places& places, std::int64_t number, UsageBooks books, AccessLogFile& access_log,
                   log::Logger& logger)
    : number_(number),
      hold_(places.state_folder + "/usage-pending.ndjson", places.spool_limit, trouble_, logger,
            let_go_of(access_log)),
      writer_(std::move(books), hold_) {}

Result<std::unique_ptr<UsageJob>> UsageJob::open(db::Database& database, const Places& places,
                                                 AccessLogFile& access_log, Ledger& ledger,
                                                 log::Logger& logger) {
    recover(database, places, logger);
    Result<std::int64_t> number = number_of_ours(database);
    if (!number) return number.error();
    UsageBooks books(places.database, *number, ledger);
    if (Result<void> read = books.read_standing(); !read) return read.error();
    return std::unique_ptr<UsageJob>(new UsageJob(places, *number, std::move(books), access_log, logger));
}

}  // namespace aihub::serve
