// Which files a log consists of now, and from where each is to be read: what lay at its path before and lies
// beside it now (renamed, copied, packed) comes first, then what its path names. Decided from identities,
// never from names alone. Blocking; one thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/accesslog/source/log_file.hpp"
#include "shared/base/result.hpp"
#include "shared/db/access_sources.hpp"
#include "shared/db/database.hpp"

namespace aihub::accesslog {

struct SourceToRead {
    db::AccessSource source;
    LogFile file;
};

struct ReadingPlan {
    std::vector<SourceToRead> sources;  // in the order in which they were written
    bool missing = false;               // the path names nothing now
    std::vector<std::string> notes;     // what may have been lost, in words
};

// How far an older program got in a log of which the database knows nothing.
struct OlderPosition {
    std::int64_t position = 0;
    std::int64_t inode = 0;
};

// Brings the stored sources of `path` up to date and says what to read. not_found when there is no such file
// and never was.
Result<ReadingPlan> plan_reading(db::Database& db, const std::string& path,
                                 const std::optional<OlderPosition>& older);

// What is stored of a source after `file` was read up to `position`; `prefix` is what it begins with.
void set_identity(db::AccessSource& source, const LogFile& file, const std::string& prefix,
                  std::int64_t position);

}  // namespace aihub::accesslog
