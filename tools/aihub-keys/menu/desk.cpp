#include "tools/aihub-keys/menu/desk.hpp"

#include "shared/cli/table.hpp"

namespace aihub::keys {

void Desk::did(const std::string& sentence) {
    dialog.tell(cli::Tone::good, sentence);
    done.push_back(sentence);
}

void Desk::failed(const Error& error) {
    dialog.tell(cli::Tone::bad, error.hint.empty() ? error.message : error.message + "; " + error.hint);
}

std::string day_of(std::int64_t ms) {
    return cli::Cell::time(ms).shown().substr(0, 10);
}

}  // namespace aihub::keys
