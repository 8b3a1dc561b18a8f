#include <optional>
#include <string>

#include "tools/aihub-keys/export.hpp"
#include "tools/aihub-keys/menu/desk.hpp"
#include "tools/aihub-keys/store.hpp"

namespace aihub::keys {
namespace {

enum class Written { yes, kept };

// Never over what is there without having asked.
Result<Written> write(Desk& desk, const std::string& file, const std::string& text) {
    Result<void> written = write_export(file, text, false);
    if (written) return Written::yes;
    if (written.error().code != ErrorCode::conflict) return written.error();
    if (!desk.dialog.confirm(file + " exists already. Overwrite it?")) return Written::kept;
    Result<void> replaced = write_export(file, text, true);
    if (!replaced) return replaced.error();
    return Written::yes;
}

}  // namespace

void export_users(Desk& desk) {
    Result<std::vector<db::ApiKey>> keys = live_keys(desk.tool);
    if (!keys) return desk.failed(keys.error());
    if (keys->empty()) return desk.dialog.tell(cli::Tone::neutral, "No users found to export.");
    std::optional<std::string> file =
        desk.dialog.ask({"Enter the filename to export users to:", "users.csv"});
    if (!file) return;
    Result<Written> written = write(desk, *file, seed_csv(*keys));
    if (!written) return desk.failed(written.error());
    if (*written == Written::kept)
        return desk.dialog.tell(cli::Tone::neutral, "Nothing was exported: " + *file + " is as it was.");
    desk.did("Users exported successfully to " + *file);
}

}  // namespace aihub::keys
