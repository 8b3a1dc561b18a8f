// All that keeps usage, put together: what an earlier process left is recovered, this one gets its number,
// and a thread writes rows until the end. Owned by the App; outlives the loops.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tools/aihub-serve/jobs/usage_writer.hpp"
#include "tools/aihub-serve/pipeline/access_log.hpp"

namespace aihub::serve {

class UsageJob {
public:
    struct Places {
        std::string database;
        std::string state_folder;
        std::string access_log;  // empty when it is no file
        std::uint64_t spool_limit = 0;
    };

    // Where the journals of the state folder are.
    static std::string journal_folder(const std::string& state_folder) { return state_folder + "/journal"; }

    // The database was opened well a moment ago: an error is one to stop with. Afterwards `ledger` knows all
    // balances.
    static Result<std::unique_ptr<UsageJob>> open(db::Database& database, const Places& places,
                                                  AccessLogFile& access_log, Ledger& ledger,
                                                  log::Logger& logger);

    void start() { writer_.start(); }
    void stop() { writer_.stop(); }

    // Any thread.
    void add(std::vector<db::Usage>&& rows) { writer_.add(std::move(rows)); }
    void refresh_standing() { writer_.refresh_standing(); }
    void set_spool_limit(std::uint64_t bytes) { hold_.set_spool_limit(bytes); }
    const UsageTrouble& trouble() const { return trouble_; }

    // For the ids of our rows.
    std::int64_t number() const { return number_; }

private:
    UsageJob(const Places& places, std::int64_t number, UsageBooks books, AccessLogFile& access_log,
             log::Logger& logger);

    std::int64_t number_;
    UsageTrouble trouble_;
    UsageHold hold_;
    UsageWriter writer_;
};

}  // namespace aihub::serve
