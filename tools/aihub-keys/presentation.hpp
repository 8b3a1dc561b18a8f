// Keys and users as rows and records, and a new token on its way to whoever asked for it.
#pragma once

#include <functional>
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

// "bob with API laptop": the words of an earlier gateway's key program, which -g, -d and the menu keep.
std::string pair_of(const std::string& user, const std::string& name);
// Its words for a name that is taken; other errors stay as they are.
Error in_older_words(const Error& error, const db::NewKey& wanted);

using MakeKey = std::function<Result<db::MadeKey>(const db::HandOver&)>;

// What `make` makes, a key or a new token for one. `lead` and the token (or, with --json, everything about
// the key) are on stdout before that is in force, and the end of their line after, so that whoever reads a
// line has a token that works. When stdout does not take them nothing is changed.
Result<db::MadeKey> make_and_show(cli::Output& out, const std::string& lead, const MakeKey& make);

}  // namespace aihub::keys
