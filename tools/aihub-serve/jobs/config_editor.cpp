#include "tools/aihub-serve/jobs/config_editor.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "shared/base/files.hpp"
#include "shared/config/config_json.hpp"
#include "shared/config/json_edit.hpp"

namespace aihub::serve {
namespace {

constexpr unsigned mode_of_new_file = 0600;  // it may come to hold keys

// Where the text really is: a link stays one.
std::string behind_links(const std::string& file) {
    std::error_code failed;
    std::filesystem::path place = std::filesystem::canonical(file, failed);
    return failed ? file : place.string();
}

}  // namespace

Result<std::string> ConfigEditor::read(const std::string& file, bool is_new) const {
    Result<std::string> text = read_file(file);
    if (!text && is_new && text.error().code == ErrorCode::not_found) return std::string("{}\n");
    return text;
}

Result<config::Configuration> ConfigEditor::load(const std::string& file, const std::string& text) const {
    config::Surroundings around = config::process_surroundings();
    around.draft = config::Draft{file, text};
    return config::load(flags_, around);
}

// Mode and owner stay as they are.
Result<void> ConfigEditor::put(const std::string& file, const std::string& text) const {
    std::string place = behind_links(file);
    struct stat before{};
    bool is_there = ::stat(place.c_str(), &before) == 0;
    std::string folder = std::filesystem::path(place).parent_path().string();
    Result<void> done = is_there || folder.empty() ? Result<void>() : make_folders(folder, 0700);
    if (done) done = write_file(place, text, is_there ? before.st_mode & 07777 : mode_of_new_file);
    if (done && is_there) (void)!::chown(place.c_str(), before.st_uid, before.st_gid);
    if (done) return {};
    return Error(ErrorCode::io, done.error().message,
                 "make the file and its folder writable for the gateway");
}

Result<ConfigEditor::Edited> ConfigEditor::edit(std::string_view patch, const Audit& audit) {
    std::lock_guard lock(mutex_);
    const std::shared_ptr<const config::Configuration> in_force = gateway_.running();
    const config::Configuration& running = *in_force;
    bool is_new = running.file.empty();
    Edited edited;
    edited.file = is_new ? config::place_of_new_file(flags_, config::process_surroundings()) : running.file;
    Result<std::string> before = read(edited.file, is_new);
    if (!before) return Error(ErrorCode::io, before.error().message, before.error().hint);
    std::string wanted = config::without_masks(patch, running);
    Result<std::string> text = config::merge_patch(*before, wanted);
    if (!text)
        return Error(ErrorCode::conflict, edited.file + ":" + text.error().message, "correct the file first");
    Result<config::Configuration> fresh = load(edited.file, *text);
    if (!fresh) return fresh.error();
    edited.changes = config::differences(running, *fresh);
    edited.overridden = config::overridden(wanted, *fresh);
    Result<std::string> possible = gateway_.check(*fresh);
    if (!possible) return possible.error();
    Result<void> noted = audit("config.change", edited.file, edited.changes);
    if (!noted) return noted.error();
    Result<void> written = put(edited.file, *text);
    Result<std::string> applied = written ? gateway_.apply(*fresh) : Result<std::string>(written.error());
    if (!applied) {
        if (written) written = put(edited.file, *before);
        (void)audit("config.change_failed", edited.file, "{}");
        return applied.error();
    }
    edited.needs_restart = *applied;
    return edited;
}

}  // namespace aihub::serve
