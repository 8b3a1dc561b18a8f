// Makes rows of usage again that a killed process has not written, from the lines that tell of them. Rows are
// known by their ids, so that doing it twice changes nothing. At the start, before requests; blocking.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/db/usage_known.hpp"
#include "tools/aihub-serve/jobs/usage_line.hpp"

namespace aihub::serve {

struct Rebuilt {
    std::int64_t rows = 0;
    std::int64_t cost_micro = 0;
    std::int64_t unknown = 0;  // rows of these that are charged to a key that the database does not know
};

class UsageRebuild {
public:
    // Of requests since `since_ms`, UTC.
    UsageRebuild(db::Database& database, std::int64_t since_ms) : database_(database), since_ms_(since_ms) {}

    // Whole lines of an access log; others among them are passed over.
    Result<void> add(std::string_view lines);
    // The end of an access log, as far as `budget` bytes go, which become less by those that were read. True
    // when it reached back far enough. A file that is not there is empty.
    Result<bool> add_end_of(const std::string& path, std::uint64_t& budget);

    const Rebuilt& outcome() const { return outcome_; }

private:
    Result<void> write(std::vector<LoggedUsage>& missing);
    Result<db::KeyOwner> owner_of(const LoggedUsage& logged);

    db::Database& database_;
    std::int64_t since_ms_;
    std::map<std::string, db::KeyOwner> owners_;
    Rebuilt outcome_;
};

}  // namespace aihub::serve
