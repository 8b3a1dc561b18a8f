// Keys as rows and records, and a new token on its way to whoever asked for it.
#pragma once

#include <string>
#include <vector>

#include "shared/cli/output.hpp"
#include "shared/db/keys.hpp"

namespace aihub::keys {

// The columns of `list` and `delete`. `now_ms` gives JSON the seconds that a key has left.
cli::Table keys_table(const std::vector<db::ApiKey>& keys, std::int64_t now_ms, bool for_json);

// Writes `text` (or, with --json, everything about the key) to stdout. A token can be shown only once: when
// it cannot be written the key is revoked again, and the error says so.
Result<void> hand_over(cli::Output& out, db::Database& db, const db::MadeKey& made, const std::string& text);

}  // namespace aihub::keys
