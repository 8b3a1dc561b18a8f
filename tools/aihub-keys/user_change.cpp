#include "tools/aihub-keys/user_change.hpp"

#include "tools/aihub-keys/presentation.hpp"
#include "tools/aihub-keys/store.hpp"

namespace aihub::keys {

Result<void> change_user(const cli::Tool& tool, const std::string& who, const db::UserChange& change,
                         cli::Output& out) {
    Result<KnownUser> known = find_user_to_change(tool, who);
    if (!known) return known.error();
    Result<db::User> changed = db::change_user(known->db, known->user.id, change, actor());
    if (!changed) return changed.error();
    out.print(user_record(*changed));
    return {};
}

}  // namespace aihub::keys
