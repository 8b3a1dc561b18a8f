#include "tools/aihub-keys/menu/desk.hpp"

#include "shared/cli/table.hpp"
#include "tools/aihub-keys/store.hpp"

namespace aihub::keys {

void Desk::did(const std::string& sentence) {
    dialog.tell(cli::Tone::good, sentence);
    done.push_back(sentence);
}

void Desk::failed(const Error& error) {
    dialog.tell(cli::Tone::bad, error.hint.empty() ? error.message : error.message + "; " + error.hint);
}

std::string pair_of(const std::string& user, const std::string& name) {
    return user + " with API " + name;
}

std::string day_of(std::int64_t ms) {
    return cli::Cell::time(ms).shown().substr(0, 10);
}

Result<std::vector<db::ApiKey>> live_keys(const cli::Tool& tool) {
    Result<std::optional<db::Database>> db = open_for_reading(tool);
    if (!db) return db.error();
    if (!*db) return std::vector<db::ApiKey>();
    return db::list_keys(**db);
}

}  // namespace aihub::keys
