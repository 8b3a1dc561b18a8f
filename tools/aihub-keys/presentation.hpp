// Keys and users as rows and records, and a new token on its way to whoever asked for it.
#pragma once

#include <string>
#include <vector>

#include "shared/cli/output.hpp"
#include "shared/db/keys.hpp"
#include "shared/db/users.hpp"

namespace aihub::keys {

// Empty where there is no amount.
cli::Cell money_cell(std::int64_t micro);
cli::Cell money_cell(const std::optional<std::int64_t>& micro);
cli::Cell number_cell(const std::optional<std::int64_t>& number);

// The columns of `list` and `delete`. JSON has more: limits, budget, and the seconds that a key has left.
cli::Table keys_table(const std::vector<db::ApiKey>& keys, std::int64_t now_ms, bool for_json);

// Everything about a key and its user; never the token.
cli::Record key_record(const db::ApiKey& key, const db::User& user, std::int64_t now_ms);

cli::Table users_table(const std::vector<db::User>& users);
cli::Record user_record(const db::User& user);

// "never", or the moment.
std::string end_in_words(std::int64_t expires_ms);

// Writes `text` (or, with --json, everything about the key) to stdout and makes sure that it got there. A
// token can be shown only once: whoever calls takes the key back, or says what is to be done, when this
// fails.
Result<void> show_token(cli::Output& out, const db::MadeKey& made, const std::string& text);

// show_token() for a new key, which is revoked again when it cannot be written, and the error says so.
Result<void> hand_over(cli::Output& out, db::Database& db, const db::MadeKey& made, const std::string& text);

}  // namespace aihub::keys
