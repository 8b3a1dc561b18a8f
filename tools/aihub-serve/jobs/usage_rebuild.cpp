#include "tools/aihub-serve/jobs/usage_rebuild.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <utility>

#include "shared/base/files.hpp"
#include "tools/aihub-serve/pipeline/usage_ids.hpp"

namespace aihub::serve {
namespace {

constexpr std::uint64_t piece_size = 1024 * 1024;
constexpr std::uint64_t look_size = 64 * 1024;
constexpr std::size_t most_in_transaction = 1000;

// Calls `visit` with each line that has its end.
template <typename Visit>
void for_each_line(std::string_view text, Visit visit) {
    for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
        visit(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
}

std::string read_piece(int file, std::uint64_t at, std::uint64_t size) {
    std::string text(size, '\0');
    ssize_t count = ::pread(file, text.data(), text.size(), static_cast<off_t>(at));
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
}

// Of the first line in it that tells of usage; 0 when none does.
std::int64_t first_time_in(std::string_view text) {
    std::int64_t id = 0;
    while (id == 0) {
        std::size_t end = text.find('\n');
        if (end == std::string_view::npos) return 0;
        id = usage_id_in(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    return UsageIds::time_of(id);
}

// Where to begin reading: goes back piece by piece, each looked into at its beginning only.
struct Begin {
    std::uint64_t at;
    bool is_far_back;  // what stands before is older than was asked for
};
Begin find_begin(int file, std::uint64_t size, std::int64_t since_ms, std::uint64_t budget) {
    std::uint64_t at = size;
    while (at > 0 && size - at < budget) {
        at -= std::min({at, piece_size, budget - (size - at)});
        std::int64_t time = first_time_in(read_piece(file, at, std::min(look_size, size - at)));
        if (time != 0 && time < since_ms) return {at, true};
    }
    return {at, false};
}

std::set<std::int64_t> ids_in(std::string_view lines, std::int64_t since_ms) {
    std::set<std::int64_t> ids;
    for_each_line(lines, [&](std::string_view line) {
        std::int64_t id = usage_id_in(line);
        if (id != 0 && UsageIds::time_of(id) >= since_ms) ids.insert(id);
    });
    return ids;
}

}  // namespace

Result<void> UsageRebuild::add(std::string_view lines) {
    std::set<std::int64_t> missing_ids = ids_in(lines, since_ms_);
    if (missing_ids.empty()) return {};
    Result<std::vector<std::int64_t>> known =
        db::usage_ids_between(database_, *missing_ids.begin(), *missing_ids.rbegin());
    if (!known) return known.error();
    for (std::int64_t id : *known) missing_ids.erase(id);
    std::vector<LoggedUsage> missing;
    for_each_line(lines, [&](std::string_view line) {
        if (missing_ids.erase(usage_id_in(line)) == 0) return;
        if (std::optional<LoggedUsage> logged = parse_access_line(line))
            missing.push_back(std::move(*logged));
    });
    return write(missing);
}

Result<bool> UsageRebuild::add_end_of(const std::string& path, std::uint64_t& budget) {
    UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat found{};
    if (!file && errno == ENOENT) return false;
    if (!file || ::fstat(file.get(), &found) != 0)
        return Error(ErrorCode::io, "cannot read " + path + ": " + std::strerror(errno));
    if (!S_ISREG(found.st_mode)) return true;
    auto size = static_cast<std::uint64_t>(found.st_size);
    Begin begin = find_begin(file.get(), size, since_ms_, budget);
    budget -= std::min(budget, size - begin.at);
    std::string text;
    for (std::uint64_t at = begin.at; at < size; at += piece_size) {
        text += read_piece(file.get(), at, std::min(piece_size, size - at));
        std::size_t whole = text.rfind('\n') + 1;  // 0 when there is none
        if (Result<void> added = add(std::string_view(text).substr(0, whole)); !added) return added.error();
        text.erase(0, whole);
    }
    return begin.is_far_back || budget == 0;
}

// Keys of the settings are in no table: what they use is charged to nobody.
Result<db::KeyOwner> UsageRebuild::owner_of(const LoggedUsage& logged) {
    if (logged.key_id.empty()) return db::KeyOwner();
    auto [owner, is_new] = owners_.try_emplace(logged.key_id);
    if (!is_new) return owner->second;
    Result<std::optional<db::KeyOwner>> found = db::owner_of_key(database_, logged.key_id);
    if (!found) return found.error();
    owner->second = found->value_or(db::KeyOwner());
    return owner->second;
}

Result<void> UsageRebuild::write(std::vector<LoggedUsage>& missing) {
    std::vector<db::Usage> rows;
    for (std::size_t at = 0; at < missing.size(); ++at) {
        LoggedUsage& logged = missing[at];
        Result<db::KeyOwner> owner = owner_of(logged);
        if (!owner) return owner.error();
        logged.row.user_id = owner->user_id;
        logged.row.key_row = owner->key_row;
        outcome_.cost_micro += logged.row.cost_micro;
        outcome_.unknown += logged.row.charged && owner->user_id == 0 ? 1 : 0;
        rows.push_back(std::move(logged.row));
        if (rows.size() < most_in_transaction && at + 1 < missing.size()) continue;
        Result<std::int64_t> written = db::write_usage(database_, rows);
        if (!written) return written.error();
        outcome_.rows += *written;
        rows.clear();
    }
    return {};
}

}  // namespace aihub::serve
