#include "shared/accesslog/source/rotation.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

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
    LogFile* find_beside(const db::AccessSource& source);
    db::AccessSource* find_current(std::vector<db::AccessSource>& sources);
    void take_current(std::vector<db::AccessSource>& sources);
    bool take_rotated(db::AccessSource& source);
    db::AccessSource new_source();
    std::int64_t first_position();
    void note_loss(const db::AccessSource& source);

    std::string path_;
    std::optional<OlderPosition> older_;
    std::optional<LogFile> current_;
    std::vector<LogFile> beside_;
    std::set<const LogFile*> taken_;
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
    auto is_current = [this](const LogFile& file) {
        return current_ && file.device() == current_->device() && file.inode() == current_->inode();
    };
    std::erase_if(beside_, is_current);
}

LogFile* Planner::find_beside(const db::AccessSource& source) {
    for (auto matches : {is_same_file, has_same_content})
        for (LogFile& file : beside_)
            if (!taken_.contains(&file) && matches(source, file)) return &file;
    return nullptr;
}

// First by its number; else a copy took its place, unless the file itself still lies beside.
db::AccessSource* Planner::find_current(std::vector<db::AccessSource>& sources) {
    for (db::AccessSource& source : sources)
        if (is_same_file(source, *current_)) return &source;
    for (db::AccessSource& source : sources) {
        bool related = are_related(source.place, path_) || are_related(source.path, path_);
        if (!related || !has_same_content(source, *current_) || !current_->reaches(source.position)) continue;
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

db::AccessSource Planner::new_source() {
    db::AccessSource source;
    source.path = path_;
    source.seen_ms = now_ms();
    set_identity(source, *current_, current_->prefix(), first_position());
    return source;
}

void Planner::take_current(std::vector<db::AccessSource>& sources) {
    db::AccessSource* known = find_current(sources);
    if (!known) {
        bool is_first = std::ranges::none_of(
            sources, [this](const db::AccessSource& source) { return source.path == path_; });
        if (!is_first) older_.reset();
        sources.push_back(new_source());
        known = &sources.back();
    }
    known->device = current_->device();
    known->inode = current_->inode();
    known->place = current_->place();
    if (known->state == db::AccessSourceState::rotated && known->path == path_)
        known->state = db::AccessSourceState::live;
    plan_.sources.push_back({*known, std::move(*current_)});
}

void Planner::note_loss(const db::AccessSource& source) {
    if (source.state != db::AccessSourceState::live) return;
    plan_.notes.push_back("what " + path_ + " was before is not beside it any more; it was read up to byte " +
                          std::to_string(source.position) + ", and what was written after is lost");
}

// False when it is nowhere.
bool Planner::take_rotated(db::AccessSource& source) {
    LogFile* file = find_beside(source);
    if (!file) return false;
    taken_.insert(file);
    source.device = file->device();
    source.inode = file->inode();
    source.place = file->place();
    if (source.state != db::AccessSourceState::complete) plan_.sources.push_back({source, std::move(*file)});
    return true;
}

Result<void> Planner::plan(std::vector<db::AccessSource>& sources) {
    Result<void> opened = open_current();
    if (!opened) return opened;
    look_beside(sources);
    bool was_known =
        std::ranges::any_of(sources, [this](const db::AccessSource& source) { return source.path == path_; });
    if (!current_ && !was_known)
        return Error(ErrorCode::not_found, "there is no file " + path_, "check the name");
    plan_.missing = !current_;
    std::int64_t current_id = -1;
    if (current_) {
        take_current(sources);
        current_id = plan_.sources.back().source.id;
    }
    std::vector<std::int64_t> gone;
    for (db::AccessSource& source : sources) {
        if (source.path != path_ || source.id == current_id || source.id == 0 || take_rotated(source))
            continue;
        note_loss(source);
        gone.push_back(source.id);
    }
    std::erase_if(sources, [&](const db::AccessSource& source) {
        return source.id != 0 && std::ranges::find(gone, source.id) != gone.end();
    });
    // What its path names was written last.
    if (current_id != -1) std::rotate(plan_.sources.begin(), plan_.sources.begin() + 1, plan_.sources.end());
    return {};
}

void Planner::adopt_ids(const std::vector<db::AccessSource>& stored) {
    for (SourceToRead& planned : plan_.sources)
        if (planned.source.id == 0) planned.source.id = stored.back().id;
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
