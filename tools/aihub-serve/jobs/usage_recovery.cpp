#include "tools/aihub-serve/jobs/usage_recovery.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>
#include <vector>

#include "shared/base/clock.hpp"
#include "shared/base/files.hpp"
#include "tools/aihub-serve/jobs/missing_lines.hpp"
#include "tools/aihub-serve/pipeline/line_memory.hpp"
#include "tools/aihub-serve/pipeline/usage_ids.hpp"
#include "tools/aihub-serve/pipeline/usage_journal.hpp"

namespace aihub::serve {
namespace {

// Rows may be written in another order than they were made, by several processes: nothing is that late.
constexpr std::int64_t margin_ms = 10LL * 60 * 1000;
constexpr std::uint64_t most_to_read = 64 * 1024 * 1024;

// A journal file of a process that is no more, and claimed by us.
struct Leftover {
    std::string path;
    UniqueFd file;
    bool is_memory;  // else a usage journal
    std::int64_t changed_ms = 0;
    std::string lines;
};

std::optional<Leftover> claim(const std::filesystem::path& path) {
    bool is_memory = path.filename().string().starts_with(lines_prefix);
    if (!is_memory && !path.filename().string().starts_with(UsageJournal::prefix)) return std::nullopt;
    std::optional<UniqueFd> file = claim_journal_file(path);
    struct stat found{};
    if (!file || ::fstat(file->get(), &found) != 0) return std::nullopt;
    Leftover leftover{path, std::move(*file), is_memory, found.st_mtim.tv_sec * 1000LL, {}};
    leftover.lines =
        is_memory ? waiting_lines(leftover.file.get()) : read_file(leftover.path).value_or(std::string());
    return leftover;
}

std::vector<Leftover> claim_leftovers(const std::string& folder) {
    std::vector<Leftover> leftovers;
    std::error_code failed;
    for (const auto& entry : std::filesystem::directory_iterator(folder, failed))
        if (std::optional<Leftover> leftover = claim(entry.path())) leftovers.push_back(std::move(*leftover));
    return leftovers;
}

std::int64_t made_at_ms(const std::string& path) {
    struct statx found{};
    bool known =
        ::statx(AT_FDCWD, path.c_str(), 0, STATX_BTIME, &found) == 0 && (found.stx_mask & STATX_BTIME);
    return known ? found.stx_btime.tv_sec * 1000LL : now_ms() - margin_ms;
}

// Older lines are written, or belong to another database: a new one must not be charged for them.
Result<std::int64_t> oldest_missing(db::Database& database, const std::vector<Leftover>& leftovers) {
    Result<std::int64_t> newest = db::newest_usage(database);
    if (!newest) return newest;
    if (*newest == 0) return made_at_ms(database.path());
    std::int64_t since = UsageIds::time_of(*newest);
    for (const Leftover& leftover : leftovers) since = std::min(since, leftover.changed_ms);
    return since - margin_ms;
}

Result<void> rebuild(UsageRebuild& rebuild, const std::vector<Leftover>& leftovers,
                     const std::string& access_log) {
    for (const Leftover& leftover : leftovers)
        if (Result<void> added = rebuild.add(leftover.lines); !added) return added;
    if (access_log.empty()) return {};
    std::uint64_t budget = most_to_read;
    Result<bool> far_enough = rebuild.add_end_of(access_log, budget);
    if (far_enough && !*far_enough) far_enough = rebuild.add_end_of(access_log + ".1", budget);
    if (!far_enough) return far_enough.error();
    return {};
}

}  // namespace

Result<Rebuilt> recover_usage(db::Database& database, const std::string& journal_folder,
                              const std::string& access_log) {
    std::vector<Leftover> leftovers = claim_leftovers(journal_folder);
    Result<std::int64_t> since = oldest_missing(database, leftovers);
    if (!since) return since.error();
    UsageRebuild usage(database, *since);
    Result<void> done = rebuild(usage, leftovers, access_log);
    for (const Leftover& leftover : leftovers)
        if (done && leftover.is_memory && !access_log.empty())
            done = append_missing_lines(access_log, leftover.lines);
    if (!done) return done.error();
    for (const Leftover& leftover : leftovers) ::unlink(leftover.path.c_str());
    return usage.outcome();
}

}  // namespace aihub::serve
