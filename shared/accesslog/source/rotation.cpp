#include "shared/accesslog/source/rotation.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "shared/base/clock.hpp"

namespace aihub::accesslog {
namespace {

namespace fs = std::filesystem;

std::string folder_of(const std::string& path) {
    return fs::path(path).parent_path();
}

// What the names of a log and of what becomes of it have in common: access.log, access.log.1,
// access-2026.log.
std::string stem_of(const std::string& path) {
    fs::path name = fs::path(path).filename();
    if (name.extension() == ".gz") name = name.stem();
    return name.stem();
}

bool are_related(const std::string& place, const std::string& path) {
    if (folder_of(place) != folder_of(path)) return false;
    std::string a = stem_of(place);
    std::string b = stem_of(path);
    return a.starts_with(b) || b.starts_with(a);
}

// Whether it is the name that rotation gives to what `path` was: access.log.2.gz, access.log-20260131.
bool is_rotated_name(const std::string& place, const std::string& path) {
    std::string name = fs::path(place).filename();
    if (name.ends_with(".gz")) name.resize(name.size() - 3);
    std::string before = fs::path(path).filename();
    std::string ending;
    if (!name.starts_with(before)) {
        ending = fs::path(path).extension();
        before = fs::path(path).stem();
        if (!name.starts_with(before) || !name.ends_with(ending)) return false;
    }
    if (name.size() <= before.size() + ending.size()) return false;
    std::string_view added = name;
    added = added.substr(before.size(), name.size() - before.size() - ending.size());
    return added.size() > 1 && added.find_first_not_of("0123456789.-_:T") == added.npos;
}

bool begins_alike(const db::AccessSource& source, const LogFile& file) {
    auto length = static_cast<std::size_t>(source.prefix_length);
    if (file.prefix().size() < length) return false;
    return crypto::sha256(std::string_view(file.prefix()).substr(0, length)) == source.prefix_hash;
}

bool is_same_file(const db::AccessSource& source, const LogFile& file) {
    return source.device == file.device() && source.inode == file.inode() && begins_alike(source, file) &&
           file.reaches(source.position);
}

// Of a file that is another one by its number: a copy, or packed.
bool has_same_content(const db::AccessSource& source, const LogFile& file) {
    return source.prefix_length > 0 && begins_alike(source, file);
}

// The kernel's clock for files may be so far behind.
constexpr std::int64_t clock_slack_ms = 20;

// The regular files beside `place` that may once have been it.
void add_siblings(const std::string& place, std::vector<LogFile>& files) {
    std::error_code failed;
    for (fs::directory_iterator at(folder_of(place), failed), end; !failed && at != end;
         at.increment(failed)) {
        std::string path = at->path();
        if (!are_related(path, place)) continue;
        std::error_code unknown;
        if (!at->is_regular_file(unknown) || unknown) continue;
        Result<LogFile> file = LogFile::open(path);
        if (file) files.push_back(std::move(*file));
    }
}

class Planner {
public:
    Planner(std::string path, const std::optional<OlderPosition>& older)
        : path_(std::move(path)), older_(older) {}

    Result<void> plan(std::vector<db::AccessSource>& sources);
    ReadingPlan& result() { return plan_; }
    // Sources that were added have their ids now.
    void adopt_ids(const std::vector<db::AccessSource>& stored);

private:
    Result<void> open_current();
    void look_beside(const std::vector<db::AccessSource>& sources);
    bool is_related(const db::AccessSource& source) const;
    bool is_file_of(const db::AccessSource& source, const LogFile& file,
                    const std::vector<db::AccessSource>& sources) const;
    LogFile* find_beside(const db::AccessSource& source, const std::vector<db::AccessSource>& sources);
    db::AccessSource* find_current(std::vector<db::AccessSource>& sources);
    void take_current(std::vector<db::AccessSource>& sources);
    bool take_rotated(db::AccessSource& source, const std::vector<db::AccessSource>& sources);
    void take_unseen(const std::vector<db::AccessSource>& sources, std::int64_t since_ms);
    bool is_unseen(const LogFile& file, const std::vector<db::AccessSource>& sources,
                   std::int64_t since_ms) const;
    void add_new(std::vector<db::AccessSource>& sources);
    db::AccessSource new_source(const LogFile& file, std::int64_t position) const;
    std::int64_t first_position();
    void note_loss(const db::AccessSource& source);

    std::string path_;
    std::optional<OlderPosition> older_;
    std::optional<LogFile> current_;
    std::vector<LogFile> beside_;
    std::set<const LogFile*> taken_;
    std::optional<SourceToRead> current_source_;
    ReadingPlan plan_;
};

Result<void> Planner::open_current() {
    Result<LogFile> file = LogFile::open(path_);
    if (file)
        current_ = std::move(*file);
    else if (file.error().code != ErrorCode::not_found)
        return file.error();
    return {};
}

void Planner::look_beside(const std::vector<db::AccessSource>& sources) {
    std::set<std::string> folders;
    std::vector<std::string> places{path_};
    for (const db::AccessSource& source : sources)
        if (source.path == path_) places.push_back(source.place);
    for (const std::string& place : places)
        if (folders.insert(folder_of(place) + "/" + stem_of(place)).second) add_siblings(place, beside_);
    std::set<std::pair<std::int64_t, std::int64_t>> known;
    if (current_) known.emplace(current_->device(), current_->inode());
    std::erase_if(beside_,
                  [&](const LogFile& file) { return !known.emplace(file.device(), file.inode()).second; });
}

// Of a source of which nothing was read only the number is known, and another file may have that by now: one
// whose content is known is not taken for it.
bool Planner::is_file_of(const db::AccessSource& source, const LogFile& file,
                         const std::vector<db::AccessSource>& sources) const {
    if (!is_same_file(source, file)) return false;
    return source.prefix_length > 0 || std::ranges::none_of(sources, [&](const db::AccessSource& other) {
               return is_related(other) && has_same_content(other, file);
           });
}

LogFile* Planner::find_beside(const db::AccessSource& source, const std::vector<db::AccessSource>& sources) {
    for (LogFile& file : beside_)
        if (!taken_.contains(&file) && is_file_of(source, file, sources)) return &file;
    for (LogFile& file : beside_)
        if (!taken_.contains(&file) && has_same_content(source, file)) return &file;
    return nullptr;
}

bool Planner::is_related(const db::AccessSource& source) const {
    return are_related(source.place, path_) || are_related(source.path, path_);
}

// First by its number; else a copy took its place, unless the file itself still lies beside.
db::AccessSource* Planner::find_current(std::vector<db::AccessSource>& sources) {
    for (db::AccessSource& source : sources)
        if (is_file_of(source, *current_, sources)) return &source;
    for (db::AccessSource& source : sources) {
        if (!is_related(source) || !has_same_content(source, *current_) ||
            !current_->reaches(source.position))
            continue;
        bool is_beside = std::ranges::any_of(
            beside_, [&](const LogFile& file) { return is_same_file(source, file) && !file.is_packed(); });
        if (!is_beside) return &source;
    }
    return nullptr;
}

// An older program may have stopped in the middle of a line, which it did not count.
std::int64_t Planner::first_position() {
    if (!older_ || older_->inode != current_->inode() || !current_->reaches(older_->position)) return 0;
    for (std::int64_t position = older_->position; position > 0; --position) {
        char before = 0;
        Result<std::size_t> got = current_->read(position - 1, &before, 1);
        if (!got || *got == 0) return 0;
        if (before == '\n') return position;
    }
    return 0;
}

db::AccessSource Planner::new_source(const LogFile& file, std::int64_t position) const {
    db::AccessSource source;
    source.path = path_;
    source.seen_ms = now_ms();
    set_identity(source, file, file.prefix(), position);
    return source;
}

void Planner::take_current(std::vector<db::AccessSource>& sources) {
    db::AccessSource* known = find_current(sources);
    if (!known) {
        std::int64_t position = first_position();
        current_source_ = {new_source(*current_, position), std::move(*current_)};
        return;
    }
    known->device = current_->device();
    known->inode = current_->inode();
    known->place = current_->place();
    if (known->state == db::AccessSourceState::rotated && known->path == path_)
        known->state = db::AccessSourceState::live;
    current_source_ = {*known, std::move(*current_)};
}

// Where nothing of it was read, all of it is among those that were not seen yet, if it is anywhere.
void Planner::note_loss(const db::AccessSource& source) {
    if (source.state != db::AccessSourceState::live || source.position == 0) return;
    plan_.notes.push_back("what " + path_ + " was before is not beside it any more; it was read up to byte " +
                          std::to_string(source.position) + ", and what was written after is lost");
}

// False when it is nowhere.
bool Planner::take_rotated(db::AccessSource& source, const std::vector<db::AccessSource>& sources) {
    LogFile* file = find_beside(source, sources);
    if (!file) return false;
    taken_.insert(file);
    source.device = file->device();
    source.inode = file->inode();
    source.place = file->place();
    if (source.state != db::AccessSourceState::complete) plan_.sources.push_back({source, std::move(*file)});
    return true;
}

bool Planner::is_unseen(const LogFile& file, const std::vector<db::AccessSource>& sources,
                        std::int64_t since_ms) const {
    if (taken_.contains(&file) || file.is_empty() || file.modified_ms() + clock_slack_ms < since_ms)
        return false;
    if (!is_rotated_name(file.path(), path_)) return false;
    return std::ranges::none_of(sources, [&](const db::AccessSource& source) {
        bool same = source.prefix_length > 0 && is_same_file(source, file);
        return same || (is_related(source) && has_same_content(source, file));
    });
}

// What began and was rotated since the last pass, which never saw it at its path.
void Planner::take_unseen(const std::vector<db::AccessSource>& sources, std::int64_t since_ms) {
    std::vector<LogFile*> unseen;
    for (LogFile& file : beside_)
        if (is_unseen(file, sources, since_ms)) unseen.push_back(&file);
    std::ranges::sort(unseen, {}, &LogFile::modified_ms);
    for (LogFile* file : unseen) plan_.sources.push_back({new_source(*file, 0), std::move(*file)});
}

void Planner::add_new(std::vector<db::AccessSource>& sources) {
    for (const SourceToRead& planned : plan_.sources)
        if (planned.source.id == 0) sources.push_back(planned.source);
}

Result<void> Planner::plan(std::vector<db::AccessSource>& sources) {
    Result<void> opened = open_current();
    if (!opened) return opened;
    look_beside(sources);
    auto is_of_path = [this](const db::AccessSource& source) { return source.path == path_; };
    auto last = std::ranges::find_if(sources.rbegin(), sources.rend(), is_of_path);
    bool was_known = last != sources.rend();
    if (!current_ && !was_known)
        return Error(ErrorCode::not_found, "there is no file " + path_, "check the name");
    std::optional<db::AccessSource> last_seen = was_known ? std::optional(*last) : std::nullopt;
    if (was_known) older_.reset();
    plan_.missing = !current_;
    if (current_) take_current(sources);
    std::int64_t current_id = current_source_ ? current_source_->source.id : -1;
    std::vector<std::int64_t> gone;
    for (db::AccessSource& source : sources) {
        if (!is_of_path(source) || source.id == current_id || take_rotated(source, sources)) continue;
        note_loss(source);
        gone.push_back(source.id);
    }
    bool was_rotated = last_seen && (last_seen->id != current_id || last_seen->prefix_length == 0);
    if (was_rotated) take_unseen(sources, last_seen->seen_ms);
    std::erase_if(sources, [&](const db::AccessSource& source) {
        return std::ranges::find(gone, source.id) != gone.end();
    });
    // What its path names was written last.
    if (current_source_) plan_.sources.push_back(std::move(*current_source_));
    add_new(sources);
    return {};
}

// They are the last ones, in the order in which they were added.
void Planner::adopt_ids(const std::vector<db::AccessSource>& stored) {
    auto next = stored.rbegin();
    for (auto planned = plan_.sources.rbegin(); planned != plan_.sources.rend(); ++planned)
        if (planned->source.id == 0) planned->source.id = (next++)->id;
}

}  // namespace

void set_identity(db::AccessSource& source, const LogFile& file, const std::string& prefix,
                  std::int64_t position) {
    source.place = file.place();
    source.device = file.device();
    source.inode = file.inode();
    source.position = position;
    std::size_t length = std::min<std::size_t>(prefix.size(), static_cast<std::size_t>(position));
    source.prefix_length = static_cast<std::int64_t>(length);
    source.prefix_hash = crypto::sha256(std::string_view(prefix).substr(0, length));
}

Result<ReadingPlan> plan_reading(db::Database& db, const std::string& path,
                                 const std::optional<OlderPosition>& older) {
    Planner planner(path, older);
    Result<std::vector<db::AccessSource>> stored = db::change_access_sources(
        db, [&](std::vector<db::AccessSource>& sources) { return planner.plan(sources); });
    if (!stored) return stored.error();
    planner.adopt_ids(*stored);
    return std::move(planner.result());
}

}  // namespace aihub::accesslog
