// What a process that was killed has left behind is brought in order, at the next start and before requests:
// log lines that waited in memory go to the access log, and usage that is not in the database is made again
// from the log's end. Files of processes that still run, because they hand over to us, are left alone.
// Blocking.
#pragma once

#include <string>

#include "shared/base/result.hpp"
#include "shared/db/database.hpp"
#include "tools/aihub-serve/jobs/usage_rebuild.hpp"

namespace aihub::serve {

// `access_log`: empty when it is no file. `database` is open; its path tells how old it is. After an error
// what was left behind is still there, for the next start.
Result<Rebuilt> recover_usage(db::Database& database, const std::string& journal_folder,
                              const std::string& access_log);

}  // namespace aihub::serve
